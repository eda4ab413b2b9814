"""What goes wrong at a terminal ends in a clear line, a bad signal, and nothing lost."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from samples.home import Home, Terminal, ended
from zhendao.protocol.bodies import Tamper
from zhendao.protocol.vocabulary import Kind, TamperCause


def command(*words: str) -> subprocess.CompletedProcess[str]:
    code = "from zhendao.device.cli import main; raise SystemExit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *words, "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
    )


def test_a_wrong_config_ends_with_2_before_anything_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text('[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "/dev/x"\nspeed = 1\n')
    done = command("run", "--config", str(file))
    assert done.returncode == 2
    assert "speed is not a setting" in done.stderr
    assert "[broker] is missing" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_terminal_that_is_not_enrolled_says_so(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text(
        '[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "/dev/x"\n[broker]\nurl = "mqtts://localhost"\n'
    )
    done = command("run", "--config", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "not enrolled" in done.stderr


def test_a_missing_port_and_a_port_without_a_pn532_are_told_recorded_and_recovered_from(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        master, slave = pty.openpty()
        try:
            for port, code in ((tmp_path / "nothing", "reader-port-missing"), (os.ttyname(slave), "reader-not-pn532")):
                config = tmp_path / "other.toml"
                config.write_text(home.config.read_text().replace(str(home.emulator.link), str(port)))
                terminal = Terminal(config, home.identity)
                with ended(terminal.process):
                    terminal.next("reader-down")
                    home.gateway.wait(lambda code=code: any(e.body.detail == code for e in tampers(home)))
                    exit_code, seconds, said = terminal.stop()
                    assert exit_code == 0
                    assert seconds < 30
                    assert str(port) in said
        finally:
            os.close(master)
            os.close(slave)
        home.start()


def tampers(home: Home) -> list[Any]:
    found = home.gateway.of_kind(Kind.TAMPER)
    return [e for e in found if isinstance(e.body, Tamper) and e.body.cause is TamperCause.READER]


def test_the_same_terminal_twice_is_refused(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        home.start()
        second = Terminal(home.config, home.identity)
        with ended(second.process):
            assert second.process.wait(180) == 1
            assert second.process.stderr is not None
            assert "another zhendao-device uses" in second.process.stderr.read()
