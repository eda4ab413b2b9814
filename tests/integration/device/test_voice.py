"""The voice through the real aplay and ALSA: what is really played, and what becomes of a player that does not play."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samples.home import Home
from samples.pinned import SOS, PinnedHome
from samples.voices import built
from zhendao.command.findings import Grade
from zhendao.device.cli import main
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.hours import Hours
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.voice.aplay import Aplay
from zhendao.device.feedback.voice.prompts import said
from zhendao.device.feedback.voice.settings import VoiceTable
from zhendao.device.feedback.voice.shelf import Shelf
from zhendao.device.feedback.voice.sounds import sound
from zhendao.device.feedback.voice.speaker import Speaker
from zhendao.device.feedback.words import TimeOfDay, Word
from zhendao.device.upkeep.voices import look
from zhendao.protocol.wording import Text

S = 1_000_000_000
LONG_S = 180.0
AT_ONCE_S = 2.5
"""Whoever waited for a player that hangs would wait longer, and a machine in use is not taken for one."""

ALSA = """
pcm.nothing {{ type null }}
pcm.taken {{ type file slave.pcm "nothing" format "raw" file "| cat >> {folder}/taken" }}
pcm.slow {{ type file slave.pcm "nothing" format "raw" file "| {slow}" }}
pcm.stuck {{ type file slave.pcm "nothing" format "raw" file "| exec sleep 12" }}
"""
"""Devices of ALSA's own file plugin: one keeps what it plays, one takes it as slowly as it sounds, one nothing."""


def samples(moment: Moment, words: tuple[Word, ...] = (), percent: int = 100) -> bytes:
    names = said(moment, words, "zh")
    return b"".join(block for name in names for block in sound(built() / f"zh/{name}.wav").blocks(percent))


class Room:
    """A voice, what it played, and what it told."""

    def __init__(self, folder: Path, device: str, program: str = "aplay", theirs: Path | None = None) -> None:
        self.folder, self.now_ns, self.minute = folder, 1000 * S, 12 * 60
        self.told: list[str] = []
        self._told = threading.Condition()
        shelf = Shelf(theirs, "zh", self._tell, built())
        self.voice = Speaker(
            *(Aplay(device, program), shelf, "zh", Hours(), lambda: self.minute, lambda: self.now_ns, self._tell)
        )

    def _tell(self, subject: str, text: Text) -> None:
        assert subject.startswith("voice")
        with self._told:
            self.told.append(text.en)
            self._told.notify_all()

    def give(self, moment: Moment, *words: Word, after_s: float = 1.0) -> float:
        """Give it so long after the one before; return how long that took."""
        self.now_ns += int(after_s * S)
        begun = time.monotonic()
        self.voice.give(Given(moment, self.now_ns, said=words))
        return time.monotonic() - begun

    @property
    def played(self) -> bytes:
        file = self.folder / "taken"
        return file.read_bytes() if file.exists() else b""

    def took(self) -> list[bytes]:
        """Return what each player has given to the slow device."""
        return [one.read_bytes() for one in self.folder.glob("slow.took.*")]

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + LONG_S
        while not holds():
            assert time.monotonic() < end, (len(self.played), self.told)
            time.sleep(0.01)

    def plays(self, wanted: bytes) -> None:
        """Wait until it was played, whole."""
        self.until(lambda: wanted in self.played)

    def hears(self, words: str) -> None:
        self.until(lambda: any(words in one for one in self.told))


@pytest.fixture
def alsa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = f"{tmp_path}/slow"
    part = "dd bs=4410 count=1 iflag=fullblock 2>/dev/null > $0.part.$$ && [ -s $0.part.$$ ]"
    Path(slow).write_text(f"#!/bin/sh\nwhile {part}; do cat $0.part.$$ >> $0.took.$$; sleep 0.2; done\n")
    Path(slow).chmod(0o755)
    (tmp_path / "asound.conf").write_text(ALSA.format(folder=tmp_path, slow=slow))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))


@pytest.fixture
def rooms(alsa: None, tmp_path: Path) -> Iterator[Callable[..., Room]]:  # noqa: ARG001 - its devices
    made: list[Room] = []

    def make(*how: str, **more: Path) -> Room:
        made.append(Room(tmp_path, *how, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.voice.close()


def test_what_is_played_is_what_the_table_says_sample_for_sample(rooms: Callable[..., Room]) -> None:
    room = rooms("taken")
    time_of_day = TimeOfDay(542)
    room.give(Moment.ALREADY_RECORDED, time_of_day)
    wanted = samples(Moment.ALREADY_RECORDED, (time_of_day,), 80)
    room.plays(wanted)
    assert room.played.index(wanted) == 0
    assert not any(room.played[len(wanted) :]), "and then silence"
    room.minute = 3 * 60
    room.give(Moment.MAINS_LOST)
    room.give(Moment.CHECKED_IN, after_s=90)
    room.plays(samples(Moment.CHECKED_IN, percent=30))
    assert samples(Moment.MAINS_LOST, percent=30) not in room.played, "nobody asked, and it is night"
    room.give(Moment.SOS_NOBODY_YET)
    room.plays(samples(Moment.SOS_NOBODY_YET, percent=100))
    assert room.told == []


def test_the_next_tap_cuts_a_prompt_and_is_said_at_once(rooms: Callable[..., Room]) -> None:
    room = rooms("slow")
    room.give(Moment.PRIVACY)
    room.until(lambda: bool(room.took()))
    assert room.give(Moment.DOOR_SEEN) < AT_ONCE_S
    room.until(lambda: any(samples(Moment.DOOR_SEEN, percent=80) in one for one in room.took()))
    assert not any(samples(Moment.PRIVACY, percent=80) in one for one in room.took()), "it was cut"


@pytest.mark.parametrize(
    ("device", "program", "words"),
    [
        ("taken", "no-such-player", "cannot be started"),
        ("no-such-device", "aplay", "Unknown PCM no-such-device"),
        ("hw:31", "aplay", "No such file or directory"),
        ("taken", "false", "exit code 1"),
    ],
)
def test_a_player_that_does_not_play_is_told_and_the_next_is_tried(
    rooms: Callable[..., Room], device: str, program: str, words: str
) -> None:
    room = rooms(device, program)
    assert room.give(Moment.CHECKED_IN) < AT_ONCE_S
    room.until(lambda: len(room.told) == 1)
    room.give(Moment.CHECKED_OUT)
    room.until(lambda: len(room.told) == 2)
    room.give(Moment.CHECKED_OUT)
    room.until(lambda: len(room.told) == 3)
    assert "not played" in room.told[0] or words in room.told[0]
    room.give(Moment.CHECKED_IN)
    room.give(Moment.SOS_OFFLINE)
    room.until(lambda: len(room.told) == 4)
    room.until(lambda: room.voice._turns.saying is None)
    assert len(room.told) == 4, "after three failures it rests, but for a call"


def test_a_device_that_hangs_blocks_nobody_and_is_ended(rooms: Callable[..., Room]) -> None:
    room = rooms("stuck")
    for _ in range(3):
        assert room.give(Moment.REMIND_END, after_s=0.2) < AT_ONCE_S
    room.hears("hung, and was ended")
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert "aplay" not in {Path(f"/proc/{one}/comm").read_text().strip() for one in children}


def test_a_player_that_babbles_for_ever_is_ended(rooms: Callable[..., Room], tmp_path: Path) -> None:
    babbler = tmp_path / "babbler"
    babbler.write_text("#!/bin/sh\nexec <&-\nexec yes nonsense >&2\n")
    babbler.chmod(0o755)
    room = rooms("taken", str(babbler))
    room.give(Moment.CHECKED_IN)
    room.hears("hung, and was ended")


def test_a_voice_that_comes_back_says_so(rooms: Callable[..., Room], tmp_path: Path) -> None:
    player = tmp_path / "aplay"  # it looks at its own name
    room = rooms("taken", str(player))
    room.give(Moment.CHECKED_IN)
    room.hears("cannot be started")
    player.symlink_to("/usr/bin/aplay")
    room.give(Moment.CHECKED_OUT)
    room.plays(samples(Moment.CHECKED_OUT, percent=80))
    room.hears("the voice works again")


def test_whatever_is_given_at_once_it_is_bounded_and_the_last_is_said(rooms: Callable[..., Room]) -> None:
    room = rooms("taken")
    before = threading.active_count()
    for _ in range(300):
        for moment in (Moment.DOOR_SEEN, Moment.SOS_CALLING, Moment.MAINS_LOST, Moment.UNREADABLE):
            assert room.give(moment, after_s=0.2) < AT_ONCE_S
    room.give(Moment.CHECKED_OUT)
    room.plays(samples(Moment.CHECKED_OUT, percent=80))
    assert threading.active_count() == before
    assert len(list(Path("/proc/self/fd").iterdir())) < 100
    assert room.told == []


def test_closing_ends_a_player_that_hangs(rooms: Callable[..., Room]) -> None:
    room = rooms("stuck")
    room.give(Moment.SOS_OFFLINE)
    room.until(lambda: room.voice._turns.saying is not None)
    begun = time.monotonic()
    room.voice.close()
    assert time.monotonic() - begun < 30
    assert not room.voice._thread.is_alive()
    room.give(Moment.CHECKED_IN)


def test_a_spoiled_recording_falls_back_in_the_middle_of_a_sentence(rooms: Callable[..., Room], tmp_path: Path) -> None:
    (tmp_path / "theirs/zh").mkdir(parents=True)
    (tmp_path / "theirs/zh/hour-9.wav").write_bytes(b"")
    (tmp_path / "theirs/zh/minute-2.wav").write_bytes((built() / "zh/minute-3.wav").read_bytes())
    room = rooms("taken", theirs=tmp_path / "theirs")
    room.give(Moment.ALREADY_RECORDED, TimeOfDay(542))
    room.plays(samples(Moment.ALREADY_RECORDED, (TimeOfDay(543),), 80))
    assert len(room.told) == 1
    assert "hour-9.wav is empty" in room.told[0]


def test_a_terminal_says_what_it_recorded_and_a_player_that_hangs_delays_nothing(alsa: None, tmp_path: Path) -> None:  # noqa: ARG001
    voice = f'kind = "alsa"\nlanguage = "zh"\nvolume = 100\nnight_volume = 100\ndir = "{built()}"\ndevice = '
    for number, device in enumerate(("taken", "stuck")):
        folder = tmp_path / f"home-{number}"
        folder.mkdir()
        with Home(folder, session="double_tap_s = 0") as home:
            home.config.write_text(f'{home.config.read_text()}[voice]\n{voice}"{device}"\n')
            terminal = home.start()
            for moment in ("checked-in", "checked-out")[: number + 1]:
                home.emulator.do("present door")
                terminal.next("door-seen")
                home.emulator.do("remove door")
                home.emulator.do("present card")
                said = terminal.next(moment)
                assert said["mono_ns"] - said["seen_ns"] < 3.5 * S, "as without a voice, on a machine in use"
                home.emulator.do("remove card")
                home.emulator.do("wait 800")
            if device == "taken":
                spoken, end = samples(Moment.CHECKED_IN), time.monotonic() + LONG_S
                while not (tmp_path / "taken").exists() or spoken not in (tmp_path / "taken").read_bytes():
                    assert time.monotonic() < end, terminal.drain()
                    time.sleep(0.05)
            code, seconds, told = terminal.stop()
            assert (code, seconds < 5) == (0, True)
            assert "Traceback" not in told


def test_a_call_is_said_though_the_voice_is_turned_down_to_nothing(alsa: None, tmp_path: Path) -> None:  # noqa: ARG001
    home_folder = tmp_path / "home"
    home_folder.mkdir()
    quiet = "volume = 0\nnight_volume = 0\ncall_volume = 90"
    voice = f'[voice]\nkind = "alsa"\ndevice = "taken"\nlanguage = "zh"\ndir = "{built()}"\n{quiet}\n'
    with PinnedHome(home_folder, more=voice) as home:
        terminal = home.start()
        home.tap("door", "card")
        home.hand.do(f"press {SOS} 300")
        terminal.next("sos-arrived")
        spoken, end = samples(Moment.SOS_ARRIVED, percent=90), time.monotonic() + LONG_S
        while not (tmp_path / "taken").exists() or spoken not in (tmp_path / "taken").read_bytes():
            assert time.monotonic() < end, terminal.drain()
            time.sleep(0.05)
        first = (tmp_path / "taken").read_bytes().lstrip(b"\0")[:1000]
        calls = [samples(one, percent=90).lstrip(b"\0")[:1000] for one in (Moment.SOS_CALLING, Moment.SOS_ARRIVED)]
        assert first in calls, "of the check-in before nothing was said"
        assert "hung" not in terminal.stop()[2]


def test_the_engineer_sees_every_prompt_and_what_is_wrong_with_which(
    alsa: None,  # noqa: ARG001 - its devices
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "theirs/zh").mkdir(parents=True)
    settings = tmp_path / "device.toml"
    settings.write_text(
        '[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "none"\n'
        '[broker]\nurl = "mqtt://127.0.0.1:1"\n'
        '[voice]\nlanguage = "zh"\ndir = "theirs"\ndevice = "taken"\nvolume = 100\n'
    )
    asked = ["voices", "--config", str(settings), "--ours", str(built()), "--lang", "en"]
    assert main(asked) == 0
    assert "checked-in.wav  ours" in capsys.readouterr().out
    (tmp_path / "theirs/zh/ready.wav").write_bytes(b"")
    (tmp_path / "theirs/zh/checked-in.wav").write_bytes((built() / "zh/checked-out.wav").read_bytes())
    assert main(asked) == 1
    said_ = capsys.readouterr().out
    assert "checked-in.wav  customer's" in said_
    assert "ready.wav is empty; ours is said" in said_
    assert main([*asked, "--json"]) == 1
    listed = json.loads(capsys.readouterr().out)
    assert len(listed["prompts"]) > 150
    assert len(listed["problems"]) == 1
    assert main([*asked, "--say", "checked-in"]) == 0
    spoken, end = samples(Moment.CHECKED_OUT), time.monotonic() + LONG_S
    while not (tmp_path / "taken").exists() or spoken not in (tmp_path / "taken").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert main([*asked, "--say", "no-such-thing"]) == 1


def test_the_doctor_looks_at_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(look(VoiceTable(), built())) == []
    (good,) = look(VoiceTable(kind="alsa"), built())
    assert good.grade is Grade.GOOD
    (tmp_path / "zh").mkdir()
    for name in ("ready", "checked-in"):
        (tmp_path / f"zh/{name}.wav").write_bytes(b"RIFF")
    (spoiled,) = look(VoiceTable(kind="alsa", dir=tmp_path), built())
    assert spoiled.grade is Grade.NOTE
    assert "2 such" in spoiled.what.en
    (unbuilt,) = look(VoiceTable(kind="alsa", language="en"), tmp_path / "none")
    assert "make voices" in unbuilt.what.en
    monkeypatch.setenv("PATH", str(tmp_path))
    (none,) = look(VoiceTable(kind="alsa"), built())
    assert "alsa-utils" in getattr(none.cure, "en", "")
