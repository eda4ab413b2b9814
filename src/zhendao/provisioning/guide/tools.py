"""The other commands, as the guide uses them: started with ``--json``, waited for within a limit, understood or named.

The guide does nothing that a person could not do with one of these commands, so whatever it did can be looked at and
done again by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol.wording import Text, same
from zhendao.provisioning.errors import StepError

if TYPE_CHECKING:
    from zhendao.protocol.wording import Language

_MODULES = {"zhendao-device": "zhendao.device.cli", "zhendao-provision": "zhendao.provisioning.cli"}
PATIENCE_S = 120.0
_MOST_SAID = 400


@dataclass(frozen=True, slots=True)
class Tools:
    """Starts commands of this installation, which speak ``language``."""

    language: Language

    def run(self, command: str, *words: object, patience_s: float = PATIENCE_S, fine: tuple[int, ...] = (0,)) -> Any:
        """Return what ``command`` printed as JSON; None where it printed nothing.

        Args:
            command: ``zhendao-device`` or ``zhendao-provision``.
            words: its sub-command and arguments; ``--json`` and ``--lang`` are added.
            patience_s: it is ended after this long, seconds.
            fine: the exit codes that are no failure.

        Raises:
            StepError: it failed (with its own words and cure), took too long, or said what is no JSON.
        """
        code = f"import sys; sys.argv[0] = {command!r}; from {_MODULES[command]} import main; sys.exit(main())"
        asked = [sys.executable, "-P", "-c", code, *map(str, words), "--json", "--lang", self.language]
        name = f"{command} {words[0]}"
        try:
            done = subprocess.run(  # noqa: S603 - our own command, no shell
                asked, capture_output=True, stdin=subprocess.DEVNULL, timeout=patience_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise StepError(
                Text(f"{name} 超过 {patience_s:.0f} 秒没有结束", f"{name} did not end within {patience_s:.0f} s"),
                Text("请单独运行该命令查看", "run it by itself to see where it waits"),
            ) from error
        except OSError as error:
            raise StepError(Text(f"{name} 无法启动：{error}", f"{name} cannot be started: {error}"), None) from error
        if done.returncode not in fine:
            raise _failure(name, done.stderr.decode(errors="replace"))
        return _said(name, done.stdout)


def _said(name: str, printed: bytes) -> Any:
    lines = printed.strip().splitlines()
    if not lines:
        return None
    try:
        return json.loads(lines[-1])
    except ValueError as error:
        raise StepError(Text(f"{name} 的输出不是 JSON", f"{name} printed what is no JSON"), None) from error


def _failure(name: str, stderr: str) -> StepError:
    """Return the command's own error, as it said it."""
    last = stderr.strip().splitlines()[-1:] or [""]
    try:
        said = json.loads(last[0])["error"]
        cure = said["cure"]
        return StepError(same(str(said["what"])), None if cure is None else same(str(cure)))
    except (ValueError, KeyError, TypeError):
        return StepError(Text(f"{name} 失败：{last[0][:_MOST_SAID]}", f"{name} failed: {last[0][:_MOST_SAID]}"), None)
