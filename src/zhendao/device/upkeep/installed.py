"""The doctor's look at the installation: where the terminal was surveyed, and what its last self-test found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zhendao.command.findings import good, note
from zhendao.device.selftest.command import FILE
from zhendao.device.site import memory
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.statement import STATEMENT_BYTES, open_statement
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.command.findings import Finding


def look(data_dir: Path) -> list[Finding]:
    """Look at what survey and self-test have left."""
    return [home(memory.recall(data_dir)), *_selftest(data_dir / FILE)]


def home(known: memory.Known | None) -> Finding:
    """Judge what is known of the terminal's place."""
    if known is None:
        return good("home", "没有安装测量的记录", "its place has not been surveyed")
    if known.moved:
        return note(
            "home",
            Text(
                "终端可能已被移动：定位与安装时的位置不符",
                "this terminal may have been moved: it is not where it was surveyed",
            ),
            Text(
                "若是有意移动，请重新测量（zhendao-device survey）；否则请核查",
                "if that was meant, survey it again (zhendao-device survey); if not, find out why",
            ),
        )
    ellipse = known.home.error.ellipse()
    return good("home", f"安装位置已测定，误差 {ellipse.major_m:.0f} 米", f"surveyed, within {ellipse.major_m:.0f} m")


def _selftest(path: Path) -> list[Finding]:
    try:
        with path.open("rb") as file:
            facts = open_statement(file.read(STATEMENT_BYTES + 1), "self-test").facts
        made, parts = facts["made_ms"], facts["parts"]
        day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(made / 1000))
        found = [_failed(one, day) for one in parts if one["outcome"] == "failed"]
    except FileNotFoundError:
        return [good("selftest", "没有自检记录", "no self-test is on record")]
    except (OSError, ProtocolError, KeyError, TypeError, ValueError, OverflowError):
        return [
            note(
                "selftest",
                Text(f"自检记录 {path} 无法读取", f"the record of the self-test {path} cannot be read"),
                Text("请重新自检（zhendao-device selftest）", "run zhendao-device selftest again"),
            )
        ]
    return found or [good("selftest", f"自检于 {day} UTC 通过", f"the self-test was passed on {day} UTC")]


def _failed(one: dict[str, Any], day: str) -> Finding:
    cure = one["cure"]
    return note(
        f"selftest-{one['part']}",
        Text(f"{day} UTC 自检：{one['what']['zh']}", f"self-test of {day} UTC: {one['what']['en']}"),
        None if cure is None else Text(cure["zh"], cure["en"]),
    )
