"""The other commands, as the guide uses them: started with ``--json``, waited for within a limit, understood or named.

The guide does nothing that a person could not do with one of these commands, so whatever it did can be looked at and
done again by hand. What a command tells a person while it works goes to the screen as it comes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from zhendao.protocol.wording import Text, same
from zhendao.provisioning.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zhendao.protocol.wording import Language

_MODULES = {"zhendao-device": "zhendao.device.cli", "zhendao-provision": "zhendao.provisioning.cli"}
PATIENCE_S = 120.0
_END_S = 5.0
_MOST_SAID = 400
_MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Tools:
    """Starts commands of this installation, which speak ``language``."""

    language: Language

    def run(
        self,
        command: str,
        *words: object,
        patience_s: float = PATIENCE_S,
        fine: tuple[int, ...] = (0,),
        keyboard: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Any:
        """Return what ``command`` printed as JSON; None where it printed nothing.

        Args:
            command: ``zhendao-device`` or ``zhendao-provision``.
            words: its sub-command and arguments; ``--json`` and ``--lang`` are added.
            patience_s: it is ended after this long, seconds.
            fine: the exit codes that are no failure.
            keyboard: whether it may ask the person.
            environment: variables for it alone.

        Raises:
            StepError: it failed (with its own words and cure), took too long, or said what is no JSON.
        """
        code = f"import sys; sys.argv[0] = {command!r}; from {_MODULES[command]} import main; sys.exit(main())"
        asked = [sys.executable, "-P", "-c", code, *map(str, words), "--json", "--lang", self.language]
        name = " ".join([command, *(str(word) for word in words[:2] if not str(word).startswith(("-", "/")))])
        ended, printed, said = _run(name, asked, {**os.environ, **(environment or {})}, patience_s, keyboard=keyboard)
        if ended not in fine:
            raise _failure(name, said)
        return _json(name, printed)


def _run(
    name: str, asked: Sequence[str], environment: Mapping[str, str], patience_s: float, *, keyboard: bool
) -> tuple[int, bytes, list[str]]:
    """Return the exit code, the standard output, and the lines of the error output, which were shown as they came."""
    stdin = None if keyboard else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            asked, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    except OSError as error:
        raise StepError(Text(f"{name} 无法启动：{error}", f"{name} cannot be started: {error}"), None) from error
    with process:
        said: list[str] = []
        printed: list[bytes] = []
        showing = threading.Thread(target=_show, args=(process.stderr, said), daemon=True)
        taking = threading.Thread(target=_take, args=(process.stdout, printed), daemon=True)
        showing.start()
        taking.start()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise StepError(
                Text(f"{name} 超过 {patience_s:.0f} 秒没有结束", f"{name} did not end within {patience_s:.0f} s"),
                Text("请单独运行该命令查看", "run it by itself to see where it waits"),
            ) from error
        except BaseException:
            _end(process)
            raise
        showing.join()
        taking.join()
        return process.returncode, b"".join(printed), said


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command that is not wanted any more: with a chance to tidy up, then without."""
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _take(stream: IO[bytes] | None, printed: list[bytes]) -> None:
    printed.extend(stream or ())


def _show(stream: IO[bytes] | None, said: list[str]) -> None:
    """Show each line that is for a person; keep all for whoever wants to know why it failed."""
    for raw in stream or ():
        text = raw.decode(errors="replace").rstrip("\n")
        if len(said) < _MOST_LINES:
            said.append(text)
        if not text.startswith("{"):
            sys.stdout.write(f"  {text}\n")
            sys.stdout.flush()


def _json(name: str, printed: bytes) -> Any:
    lines = printed.strip().splitlines()
    if not lines:
        return None
    try:
        return json.loads(lines[-1])
    except ValueError as error:
        raise StepError(Text(f"{name} 的输出不是 JSON", f"{name} printed what is no JSON"), None) from error


def _failure(name: str, said: list[str]) -> StepError:
    """Return the command's own error, as it said it."""
    last = said[-1] if said else ""
    try:
        error = json.loads(last)["error"]
        cure = error["cure"]
        return StepError(same(str(error["what"])), None if cure is None else same(str(cure)))
    except (ValueError, KeyError, TypeError):
        return StepError(Text(f"{name} 失败：{last[:_MOST_SAID]}", f"{name} failed: {last[:_MOST_SAID]}"), None)
