"""`zhendao-device privacy` beside a real terminal: its figures are those of the day, in words, as JSON, and aloud."""

import json
from pathlib import Path

import pytest

from samples.home import Home
from samples.running import wait_until
from samples.voices import built
from zhendao.device.cli import main as device
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.voice.prompts import said
from zhendao.device.feedback.voice.sounds import sound
from zhendao.device.feedback.words import Count
from zhendao.protocol.vocabulary import Kind

ALSA = """
pcm.nothing {{ type null }}
pcm.taken {{ type file slave.pcm "nothing" format "raw" file "| cat >> {folder}/taken" }}
"""


def test_what_is_said_is_what_was_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alsa").write_text(ALSA.format(folder=tmp_path))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "alsa"))
    with Home(tmp_path) as home:
        terminal = home.start()
        home.tap("door", "card")
        terminal.next("accepted")
        words = ["privacy", "--config", str(home.config)]
        assert device([*words, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["today"]["checks"] == len(home.gateway.of_kind(Kind.CHECK)) == 1
        assert found["stored"] == len(home.gateway.events)
        assert (found["places_between"], found["senses"]["cameras_open"]) == (0, [])
        assert found["senses"]["microphones_open"] == []

        def unsent() -> int:
            assert device([*words, "--json"]) == 0
            return int(json.loads(capsys.readouterr().out)["unsent"])

        wait_until(lambda: unsent() == 0)  # as its page says, though its journal notes it with the next event only
        assert device([*words, "--lang", "zh"]) == 0
        text = capsys.readouterr().out
        assert "签到签退 1 条" in text
        assert "没有打开任何麦克风" in text
        assert device([*words, "--speak"]) == 1
        assert '[voice] kind = "alsa"' in capsys.readouterr().err
        with home.config.open("a") as file:
            file.write(f'[voice]\nkind = "alsa"\ndevice = "taken"\ndir = "{built()}"\n')
        assert device([*words, "--lang", "zh", "--speak"]) == 0
        names = said(Moment.PRIVACY, (Count(1),), "zh")
        heard = b"".join(block for name in names for block in sound(built() / f"zh/{name}.wav").blocks(80))
        assert heard in (tmp_path / "taken").read_bytes()
        terminal.kill()
        capsys.readouterr()
        assert device([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["today"] is None
