"""Where recordings are taken from: the customer's folder first, name by name, and else our own.

Promise: a recording that is missing there, or spoiled, is ours; each spoiled one is told once, with what is wrong with
it and how to mend it, and told again only when the file has changed. What must be said within two seconds is said with
ours where theirs take longer together.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.device.feedback.voice.prompts import LIMIT_S, their_limit_s
from zhendao.device.feedback.voice.sounds import RATE, NoSoundError, Sound, sound
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.wording import Language

OURS = Path(__file__).parents[2] / "voices"
"""The prompts that are made when this software is built (`make voices`)."""
MEND = f"ffmpeg -i IN -ac 1 -ar {RATE} -c:a pcm_s16le OUT.wav"
_MOST_TOLD = 1024


class Shelf:
    """Finds recordings of one language. ``tell``: a subject and words for whoever looks after the terminal."""

    def __init__(
        self, theirs: Path | None, language: Language, tell: Callable[[str, Text], None], ours: Path = OURS
    ) -> None:
        self._theirs = None if theirs is None else theirs / language
        self._ours = ours / language
        self._tell = tell
        self._told: set[tuple[str, int]] = set()
        if self._theirs is not None and not self._theirs.is_dir():
            where = self._theirs
            self._once(
                str(where), 0, Text(f"没有录音目录 {where}，用自带语音", f"there is no folder {where}; ours is said")
            )
        self._made = self._ours.is_dir()
        if not self._made:
            zh = f"没有自带语音 {self._ours}；请运行 make voices 或重新安装"
            en = f"our own prompts are not there ({self._ours}); run make voices, or install anew"
            self._once(str(self._ours), 0, Text(zh, en))

    def say(self, names: tuple[str, ...], *, short: bool) -> list[Sound]:
        """Return the recordings that are there of ``names``, in order; ``short``: they must not take too long."""
        found = [one for name in names if (one := self.find(name)) is not None]
        seconds = sum(one.seconds for one in found)
        if not short or seconds <= LIMIT_S or self._theirs is None:
            return found
        zh = f"{names[0]} 等录音连播 {seconds:.1f} 秒，超过 {LIMIT_S:g} 秒，改用自带语音"
        en = f"{names[0]} and what follows take {seconds:.1f} s, more than {LIMIT_S:g} s; ours is said"
        self._once(f"long {names[0]}", 0, Text(zh, en))
        return [one for name in names if (one := self.find(name, ours=True)) is not None]

    def find(self, name: str, *, ours: bool = False) -> Sound | None:
        """Return the recording called ``name``, with ``ours`` our own; None where there is none that can be played."""
        for folder, limit in ((None if ours else self._theirs, their_limit_s(name)), (self._ours, None)):
            if folder is None:
                continue
            path = folder / f"{name}.wav"
            try:
                return sound(path, limit)
            except FileNotFoundError:
                continue
            except NoSoundError as error:
                self._spoiled(path, error.text)
        if self._made:
            zh = f"语音 {name} 不存在，未播报；请重新安装"
            self._once(name, 0, Text(zh, f"the prompt {name} is missing and not said; install it anew"))
        return None

    def _spoiled(self, path: Path, why: Text) -> None:
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        self._once(
            str(path),
            changed,
            Text(
                f"录音 {path} {why.zh}，改用自带语音；转换：{MEND}",
                f"{path} {why.en}; ours is said. To mend it: {MEND}",
            ),
        )

    def _once(self, what: str, changed: int, text: Text) -> None:
        if (what, changed) not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add((what, changed))
            self._tell("voice", text)
