"""`zhendao-device survey`: so many fixes where the terminal hangs, signed, and its home learned from them.

No fix is no failure: behind thick walls a terminal has none, the record says so, and the installation goes on. Nor is a
receiver that nothing is heard of: the record says that too, and the self-test makes a failure of it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.device import config, receiver_desk
from zhendao.device.care.speaking import ask
from zhendao.device.clock.kernel import kernel_bound_ms
from zhendao.device.errors import AlreadyRunningError, DataFolderError
from zhendao.device.identity.enrolled import load
from zhendao.device.site import fixes, memory, paper, record
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.device.site.fixes import Taken
    from zhendao.protocol.home import Home

MOST_FIXES = 3600


def survey(arguments: argparse.Namespace, language: Language) -> int:
    """Take the fixes; write and show the record."""
    if not 1 <= arguments.fixes <= MOST_FIXES:
        raise UsageError(Text(f"--fixes：1 到 {MOST_FIXES}", f"--fixes: 1 to {MOST_FIXES}"))
    settings = config.read(Path(arguments.config))
    data_dir = settings.terminal.data_dir
    who = load(data_dir / "identity")
    if ask(data_dir) is not None:
        raise AlreadyRunningError(data_dir)
    taken = None

    def tell(now: Taken) -> None:
        if not arguments.json:
            line(
                Text(f"定位 {len(now.fixes)}/{arguments.fixes}", f"{len(now.fixes)} of {arguments.fixes} fixes").in_(
                    language
                )
            )

    if settings.gnss is not None:
        taken = fixes.take(
            settings.gnss, data_dir, arguments.fixes, arguments.seconds or 30.0 + 2 * arguments.fixes, tell
        )
    said = paper.state(
        who, "survey", record.facts(who, taken, arguments.fixes, time.time_ns() // 1_000_000, kernel_bound_ms())
    )
    if arguments.out is not None:
        paper.write(arguments.out, said)
    found = None if taken is None else record.home(taken.fixes)
    if found is not None and not arguments.no_keep:
        _keep(data_dir, found)
    if arguments.json:
        emit_json(said.as_json())
    else:
        line(_told(taken, found).in_(language))
    return 0


def _keep(data_dir: Path, found: Home) -> None:
    """Learn the place. Raises `DataFolderError`."""
    try:
        memory.keep(data_dir, memory.Known(found))
    except OSError as error:
        raise DataFolderError(data_dir, error.strerror or type(error).__name__) from error
    for name in (memory.FILE, receiver_desk.FILE):
        paper.hand_over(data_dir / name)


def _told(taken: Taken | None, found: Home | None) -> Text:
    if taken is None:
        return Text("未设置接收机（[gnss]）：没有位置，安装可以继续", "no receiver is set up ([gnss]): no place; go on")
    why = taken.trouble()
    if taken.deaf:
        return Text(
            f"接收机没有可读的数据：{why.zh}；如实记录，请运行 zhendao-device selftest",
            f"nothing readable comes from the receiver: {why.en}; recorded as it is, run zhendao-device selftest",
        )
    if found is None:
        return Text(
            f"{taken.seconds:.0f} 秒内没有可靠的定位（{why.zh}）：室内常有，如实记录，安装可以继续",
            f"no good fix within {taken.seconds:.0f} s ({why.en}): ordinary indoors; recorded as it is, go on",
        )
    ellipse = found.error.ellipse()
    place = f"{found.lat_e7 / 1e7:.7f}, {found.lon_e7 / 1e7:.7f}"
    axes = f"{ellipse.major_m:.1f} × {ellipse.minor_m:.1f} m, {ellipse.orientation_deg}°"
    return Text(
        f"位置 {place}（WGS-84），95% 误差椭圆 {axes}，{found.samples} 次定位",
        f"place {place} (WGS-84), 95 % error ellipse {axes}, {found.samples} fixes",
    )
