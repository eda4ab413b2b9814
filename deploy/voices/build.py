"""Makes the spoken prompts: ``python deploy/voices/build.py --out DIR`` writes DIR/zh/*.wav and DIR/en/*.wav.

Promise: exactly what the table of signals names, each no longer than it may be (spoken faster where need be), without
silence before and after, alike in loudness; the same sources and the same espeak-ng give the same bytes. DIR is
replaced as a whole, or left as it was. Why so: docs/decisions/voices.md.
"""

from __future__ import annotations

import argparse
import array
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "src"))

from zhendao.device.feedback.voice.prompts import limit_s, script  # noqa: E402 - found by the line above
from zhendao.device.feedback.voice.sounds import MOST_S, RATE  # noqa: E402 - as above

if TYPE_CHECKING:
    from zhendao.protocol.wording import Language

VOICES: dict[Language, str] = {"zh": "cmn", "en": "en-gb"}
SLOWEST: dict[Language, int] = {"zh": 185, "en": 155}
FASTEST = 440
"""Words a minute: as slow as is comfortable, as fast as can be understood; what must be short is said faster."""
STEP = 10
SILENCE = 260
"""Samples whose size is at most this are silence, of 32,767."""
MARGIN = RATE // 100
LOUD = 29_000


def main() -> int:
    """Make them all."""
    parser = argparse.ArgumentParser(description="make the spoken prompts of the terminal with espeak-ng")
    parser.add_argument("--out", type=Path, default=ROOT / "src/zhendao/device/voices", help="where to put them")
    out: Path = parser.parse_args().out
    program = shutil.which("espeak-ng")
    if program is None:
        print("espeak-ng is not here; please run: apt-get install espeak-ng", file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".voices-") as folder:
            made = Path(folder) / "voices"
            number = sum(build(program, language, made / language) for language in VOICES)
            made.chmod(0o755)
            shutil.rmtree(out, ignore_errors=True)
            made.rename(out)
    except (OSError, ValueError) as error:
        print(f"the prompts could not be made: {error}", file=sys.stderr)
        return 1
    size = sum(one.stat().st_size for one in out.rglob("*.wav"))
    print(f"{out}: {number} prompts, {size / 1e6:.1f} MB")
    return 0


def build(program: str, language: Language, out: Path) -> int:
    """Make the prompts of one language; return how many. Raises OSError, ValueError."""
    out.mkdir(parents=True)
    written = script(language)
    for name, text in sorted(written.items()):
        (out / f"{name}.wav").write_bytes(wav(shortest(program, language, text, limit_s(name) or MOST_S, name)))
    return len(written)


def shortest(program: str, language: Language, text: str, limit: float, name: str) -> array.array[int]:
    """Return the samples of ``text``, at a speed at which it takes no longer than ``limit``. Raises ValueError."""
    speed = SLOWEST[language]
    while speed <= FASTEST:
        found = trimmed(spoken(program, VOICES[language], speed, text))
        excess = len(found) / (limit * RATE)
        if excess <= 1:
            return found
        speed += max(STEP, int((excess - 1) * speed) // STEP * STEP)  # a pause does not become shorter
    raise ValueError(f"{language}/{name}: {text!r} cannot be said in {limit} s")


def spoken(program: str, voice: str, speed: int, text: str) -> array.array[int]:
    """Return what espeak-ng says. Raises OSError, ValueError."""
    command = [program, "-v", voice, "-s", str(speed), "--stdout", "--stdin"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    head, data = done.stdout[:44], done.stdout[44:]
    if done.returncode or head[:4] != b"RIFF" or struct.unpack_from("<HHI", head, 20) != (1, 1, RATE):
        raise ValueError(f"espeak-ng did not say {text!r}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return samples(data)


def samples(data: bytes) -> array.array[int]:
    """Return 16-bit little-endian samples as numbers."""
    found = array.array("h", data[: len(data) & ~1])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def trimmed(said: array.array[int]) -> array.array[int]:
    """Return it without the silence around it, as loud as all others. Raises ValueError if there is nothing else."""
    first = next((at for at, one in enumerate(said) if abs(one) > SILENCE), None)
    if first is None:
        raise ValueError("espeak-ng has said nothing")
    last = next(at for at in range(len(said) - 1, -1, -1) if abs(said[at]) > SILENCE)
    part = said[max(0, first - MARGIN) : last + MARGIN]
    top, bottom = max(part), min(part)
    peak = max(top, -bottom)
    return array.array("h", [one * LOUD // peak for one in part])


def wav(said: array.array[int]) -> bytes:
    """Return a WAV file of one channel."""
    little = array.array("h", said)
    if sys.byteorder == "big":
        little.byteswap()
    data = little.tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


if __name__ == "__main__":
    sys.exit(main())
