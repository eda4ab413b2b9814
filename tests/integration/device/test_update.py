"""A terminal that is ready has loaded all that it needs: an update may take its files away under it."""

import threading
from pathlib import Path

import pytest

from samples.home import Home

IMPORT = "import time:"


def test_nothing_is_loaded_after_it_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with Home(tmp_path) as home:
        monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")  # Python names each module that it loads
        terminal = home.launch()
        stderr = terminal.process.stderr
        assert stderr is not None
        listener = threading.Thread(target=lambda: said.extend(stderr))
        listener.start()
        terminal.next("ready")
        home.gateway.wait(lambda: home.gateway.states == [True])
        at_ready = [line for line in said if IMPORT in line]
        home.tap("door", "card")
        terminal.next("accepted")
        home.broker.kill()
        home.broker.start()
        home.emulator.do("fault unplug")
        terminal.next("reader-down")
        home.emulator.do("replug")
        terminal.next("reader-up")
        terminal.process.terminate()
        assert terminal.process.wait(180) == 0
        listener.join(180)
    assert at_ready
    assert [line for line in said if IMPORT in line][len(at_ready) :] == []
