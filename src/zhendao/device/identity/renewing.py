"""A later answer of the authority, checked in a process of its own: what reads certificates is never loaded all day.

As a program it takes the answer on its standard input; exit code 0: it was taken, 1: it was refused (one line says
why), 3: this terminal has it already.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhendao.device.notices import Notices

TAKEN, REFUSED, KNOWN = 0, 1, 3
_PATIENCE_S = 60.0
_REST_NS = 60_000_000_000


async def renew(data_dir: Path, answer: bytes) -> tuple[int, str]:
    """Check ``answer`` and keep it; return one of TAKEN, REFUSED, KNOWN, and why it was refused."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(data_dir)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, said = await process.communicate(answer)
    except TimeoutError:
        process.kill()
        await process.wait()
        return REFUSED, "it could not be checked in time"
    return process.returncode or 0, said.decode("utf-8", "replace").strip()


def taker(
    check: Callable[[bytes], Awaitable[tuple[int, str]]],
    notices: Notices,
    mono_ns: Callable[[], int],
    begin_anew: Callable[[], None],
) -> Callable[[bytes], Awaitable[None]]:
    """Return what to do about a later answer: check it, say what came of it, and begin anew once it is taken.

    After one that was refused others are left for a minute: a check costs a terminal half a second of its processor.
    """
    rests_until_ns = 0

    async def take(answer: bytes) -> None:
        nonlocal rests_until_ns
        if mono_ns() < rests_until_ns:
            return
        try:
            done, why = await check(answer)
        except OSError as error:
            done, why = REFUSED, error.strerror or type(error).__name__
        if done == REFUSED:
            rests_until_ns = mono_ns() + _REST_NS
            notices.say(
                "answer",
                Text(f"机构的新答复不能接受：{why}", f"a later answer of the authority was not accepted: {why}"),
            )
        elif done == TAKEN:
            notices.say(
                "answer",
                Text("已接受机构的新答复，重新启动", "a later answer of the authority was taken: beginning anew"),
            )
            begin_anew()

    return take


def main(argv: list[str]) -> int:
    """Take the answer on standard input into the data folder ``argv[0]``."""
    from zhendao.device.identity.enrol import ANSWER_FILE, IDENTITY, accept  # noqa: PLC0415 - in this process alone
    from zhendao.protocol.errors import ZhendaoError  # noqa: PLC0415 - as above

    folder, data = Path(argv[0]), sys.stdin.buffer.read()
    kept = folder / IDENTITY / ANSWER_FILE
    if kept.exists() and kept.read_bytes() == data:
        return KNOWN
    try:
        accept(folder, data)
    except ZhendaoError as error:
        sys.stderr.write(error.what.en + "\n")
        return REFUSED
    return TAKEN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
