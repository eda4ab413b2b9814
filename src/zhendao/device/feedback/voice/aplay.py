"""The child that plays samples (aplay of alsa-utils), fed through its standard input; the only edge of the voice.

Promise: `play` returns within the length of what it plays and `GRACE_S`, whatever the child does: not start, end early,
take nothing, never end; sooner once it is told to stop. No file is written, and at most `_BLOCK` samples are held.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from typing import TYPE_CHECKING

from zhendao.device.feedback.voice.sounds import RATE
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE_S = 3.0
"""So long a player may take beyond the length of what it plays."""
_END_S = 1.0
_MOST_STUCK = 2
_SAYS = 2048


class PlayError(Exception):
    """It was not played; ``text`` says why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class Aplay:
    """Plays one utterance after another on the ALSA device ``device``. `play` on one thread, `stop` on any."""

    PROGRAM = "aplay"

    def __init__(self, device: str, program: str = PROGRAM) -> None:
        arguments = ["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE), "-D", device, "-"]
        self._command = [program, *arguments]
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stuck: list[subprocess.Popen[bytes]] = []
        self._words = b""

    def stop(self) -> None:
        """End what is being played, now."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def ready(self) -> None:
        """Forget a `stop` that was meant for what came before."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._woken, 64):
                pass

    def close(self) -> None:
        """Let go of the pipe. Nothing may be playing."""
        os.close(self._woken)
        os.close(self._wake)

    def play(self, blocks: Iterator[bytes], seconds: float) -> bool:
        """Play ``blocks``, which last ``seconds``; return False where it was stopped. Raises `PlayError`."""
        self._stuck = [one for one in self._stuck if one.poll() is None]
        if len(self._stuck) >= _MOST_STUCK:
            raise PlayError("播放程序卡死，无法结束", "players hang, and cannot be ended")
        self._words = b""
        until = time.monotonic() + seconds + GRACE_S
        try:
            child = subprocess.Popen(  # noqa: S603 - our own words, and the device that the settings name
                self._command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise PlayError(
                f"无法启动 {self._command[0]}（{error.strerror}）；请安装 alsa-utils",
                f"{self._command[0]} cannot be started ({error.strerror}); install alsa-utils",
            ) from error
        try:
            played = self._feed(child, blocks, until) and self._heard(child, until)
            if played and child.wait(_END_S):
                raise PlayError(*self._said(child))
        except subprocess.TimeoutExpired:
            raise PlayError(*_HANGS) from None
        finally:
            self._end(child)
        return played

    def _feed(self, child: subprocess.Popen[bytes], blocks: Iterator[bytes], until: float) -> bool:
        """Write all there is; return False where it was stopped. Raises `PlayError`."""
        assert child.stdin is not None  # noqa: S101 - a pipe was asked for
        number = child.stdin.fileno()
        os.set_blocking(number, False)
        for block in blocks:
            left = memoryview(block)
            while left:
                woken, writable, _ = select.select([self._woken], [number], [], max(0.0, until - time.monotonic()))
                if woken:
                    return False
                if not writable:
                    raise PlayError(*_HANGS)
                try:
                    left = left[os.write(number, left) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return True  # it has ended, and says why
        child.stdin.close()
        return True

    def _heard(self, child: subprocess.Popen[bytes], until: float) -> bool:
        """Wait until the child has ended; return False where it was stopped. Raises `PlayError`."""
        assert child.stderr is not None  # noqa: S101 - a pipe was asked for
        words = child.stderr.fileno()
        os.set_blocking(words, False)
        while True:
            left = max(0.0, until - time.monotonic())
            readable, _, _ = select.select([words, self._woken], [], [], left)
            if self._woken in readable:
                return False
            if not readable or not left:
                raise PlayError(*_HANGS)
            more = os.read(words, _SAYS)
            if not more:
                return True
            self._words = (self._words + more)[-_SAYS:]

    def _said(self, child: subprocess.Popen[bytes]) -> tuple[str, str]:
        lines = self._words.decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), f"exit code {child.returncode}")
        words = "".join(one if one.isprintable() else "?" for one in last)[:200]
        return f"播放失败：{words}", f"not played: {words}"

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            child.kill()
            try:
                child.wait(_END_S)
            except subprocess.TimeoutExpired:  # the kernel holds it: a sound card that hangs
                self._stuck.append(child)
        for pipe in (child.stdin, child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_HANGS = ("播放程序没有反应，已结束它", "the player hung, and was ended")
