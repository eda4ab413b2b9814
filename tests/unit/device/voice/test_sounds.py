"""What counts as a recording, and what is refused in words, whatever lies there, without memory spent."""

import os
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.feedback.voice.shelf import Shelf
from zhendao.device.feedback.voice.sounds import RATE, NoSoundError, scaled, sound
from zhendao.protocol.wording import Text


def wav(
    samples: bytes, *, kind: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, more: bytes = b""
) -> bytes:
    form = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    body = b"WAVE" + more + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


GOOD = wav(b"\x10\x27" * RATE)
LIST = struct.pack("<4sI", b"LIST", 5) + b"hello\0"


@pytest.mark.parametrize("data", [GOOD, wav(b"\x10\x27" * RATE, more=LIST), wav(b"\x10\x27" * RATE, kind=0xFFFE)])
def test_a_recording_is_read_as_it_is(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    found = sound(tmp_path / "a.wav")
    assert found.seconds == 1
    assert b"".join(found.blocks(100)) == b"\x10\x27" * RATE
    assert b"".join(found.blocks(50)) == b"\x88\x13" * RATE
    assert b"".join(found.blocks(0)) == b"\0\0" * RATE


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"ID3\x03 an MP3 by its name only", "is no WAV file"),
        (wav(b"\x80" * 96_000, channels=2, rate=48_000, bits=8), "has 8 bits, 2 channels, 48000 Hz"),
        (wav(b"\0\0" * 10, kind=3), "format 3"),
        (wav(b"\0\0" * RATE * 16), "16.0 s long, 15 s"),
        (GOOD[:-1000], "is cut off"),
        (GOOD[:20], "is cut off"),
        (GOOD[:36], "holds no samples"),
        (wav(b""), "is cut off"),
        (b"RIFF\0\0\0\0WAVE" + struct.pack("<4sI", b"junk", 0) * 1000, "holds no samples"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(NoSoundError) as caught:
        sound(tmp_path / "a.wav")
    assert said in caught.value.text.en
    assert caught.value.text.zh


def test_a_gigabyte_costs_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.wav").open("wb") as file:
        file.write(wav(b"")[:-4] + struct.pack("<I", 1 << 30))
        file.truncate(44 + (1 << 30))
    tracemalloc.start()
    with pytest.raises(NoSoundError, match="s long"):
        sound(tmp_path / "a.wav")
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for name in (tmp_path / "pipe.wav", tmp_path, Path("/dev/zero")):
        with pytest.raises(NoSoundError):
            sound(name)


def test_a_file_that_becomes_shorter_while_it_is_played_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(GOOD)
    blocks = sound(path).blocks(100)
    first = next(blocks)
    os.truncate(path, 3000)
    assert len(first) + sum(map(len, blocks)) < len(GOOD)


@given(st.binary(max_size=200), st.integers(0, 300))
@settings(max_examples=150)
def test_any_bytes_are_a_recording_or_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    path = tmp_path_factory.getbasetemp() / "any.wav"
    data = wav(b"\x01\x00" * 100)
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        found = sound(path)
    except NoSoundError:
        return
    assert sum(map(len, found.blocks(70))) == found.size


@given(st.binary(max_size=64), st.integers(0, 100))
@settings(max_examples=100)
def test_quieter_is_never_louder_and_keeps_the_length(samples: bytes, percent: int) -> None:
    quieter = scaled(samples, percent)
    assert len(quieter) == len(samples) & ~1
    for at in range(0, len(quieter), 2):
        before, after = (int.from_bytes(one[at : at + 2], "little", signed=True) for one in (samples, quieter))
        assert abs(after) <= abs(before)


class Told(list[str]):
    def __call__(self, subject: str, text: Text) -> None:
        assert subject == "voice"
        assert text.zh
        self.append(text.en)


def shelf(tmp_path: Path) -> tuple[Shelf, Told, Path]:
    told = Told()
    for folder in ("ours/zh", "theirs/zh"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ours/zh/checked-in.wav").write_bytes(GOOD)
    return Shelf(tmp_path / "theirs", "zh", told, tmp_path / "ours"), told, tmp_path / "theirs/zh/checked-in.wav"


def test_the_customers_recording_goes_before_ours_name_by_name(tmp_path: Path) -> None:
    found, told, theirs = shelf(tmp_path)
    ours = found.find("checked-in")
    assert ours is not None
    assert ours.path.parent.parent.name == "ours", "none is there: ours, and nothing is wrong with that"
    theirs.write_bytes(GOOD)
    assert getattr(found.find("checked-in"), "path", None) == theirs
    assert told == []


@pytest.mark.parametrize("data", [b"", GOOD[:100], wav(b"\0\0" * RATE * 3), wav(b"\0\0" * 10, rate=48_000)])
def test_a_spoiled_one_is_told_once_and_ours_is_said(tmp_path: Path, data: bytes) -> None:
    found, told, theirs = shelf(tmp_path)
    theirs.write_bytes(data)
    for _ in range(3):
        assert getattr(found.find("checked-in"), "path", Path()).parent.parent.name == "ours"
    (line,) = told
    assert str(theirs) in line
    assert "ffmpeg" in line
    os.utime(theirs, (1, 1))
    found.find("checked-in")
    assert len(told) == 2, "another file under that name: told again"


def test_a_folder_that_is_not_there_and_a_prompt_that_nobody_has(tmp_path: Path) -> None:
    found, told, _ = shelf(tmp_path)
    assert found.find("ready") is None
    assert found.find("ready") is None
    assert len(told) == 1
    assert Shelf(tmp_path / "nowhere", "zh", told, tmp_path / "ours").find("checked-in") is not None
    assert "there is no folder" in told[1]
    nothing = Shelf(None, "zh", told, tmp_path / "not built")
    assert [nothing.find(name) for name in ("checked-in", "ready", "sos-calling")] == [None] * 3
    assert len(told) == 3
    assert "make voices" in told[2]


def test_recordings_that_take_too_long_together_are_ours_and_elsewhere_theirs(tmp_path: Path) -> None:
    found, told, theirs = shelf(tmp_path)
    names = ("already-recorded", "hour-9", "minute-2")
    for name in names:
        (theirs.parent / f"{name}.wav").write_bytes(wav(b"\0\0" * RATE))
        (tmp_path / f"ours/zh/{name}.wav").write_bytes(wav(b"\0\0" * (RATE // 2)))
    for _ in range(2):
        assert [one.seconds for one in found.say(names, short=True)] == [0.5] * 3
    assert "take 3.0 s" in told[0]
    assert len(told) == 1
    assert [one.seconds for one in found.say(names, short=False)] == [1] * 3
    assert [one.seconds for one in found.say(names[:2], short=True)] == [1] * 2
