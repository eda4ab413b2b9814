"""A home about to be brought into service: authority, broker, reader, receiver, and somebody who does what is shown.

Everything is a process of its own: the real commands, Debian's Mosquitto, the simulated PN532 and receiver.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples.pn532 import Emulator
from samples.receiver import Simulator
from samples.running import wait_until
from zhendao.simulators.demo.broker import broker_words, find_mosquitto
from zhendao.simulators.demo.commands import command
from zhendao.simulators.loopback import free_port

TENANT = "xuhui"
WORDS = "真到安装口令 2026"
LAT, LON = 31.1885432, 121.4370010
ANSWERS: Mapping[str, str] = {
    "placement": "home",
    "mounting": "cradle",
    "place": "P001",
    "elder": "E001",
    "engineer": "张三",
    "address": "31.1866,121.4416",
    "datum": "unknown",
}
ENVIRONMENT = {
    **os.environ,
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    "ZHENDAO_PASSPHRASE": WORDS,
}


def call(name: str, *words: object) -> Any:
    """Run a command to its end; return what it printed as JSON."""
    asked = [*command(name, *words), "--json"]
    done = subprocess.run(asked, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None


@dataclass
class Screen:
    """What `install` shows, line by line; whoever stands there acts on a line as soon as it comes."""

    process: subprocess.Popen[str]
    acts: Sequence[tuple[str, Callable[[], object]]]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            for cue, act in self.acts:
                if cue in line:
                    act()
            self.lines.append(line.rstrip("\n"))

    def type(self, *answers: str) -> None:
        """Type answers, each ended with the return key; then nothing any more."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{answer}\n" for answer in answers))
        self.process.stdin.close()

    def shows(self, text: str) -> None:
        """Wait until a line has ``text``."""
        wait_until(lambda: any(text in line for line in self.lines) or self.process.poll() is not None, 120)
        assert any(text in line for line in self.lines), self.lines

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        code = self.process.wait(240)
        self._reading.join(180)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        return code


@dataclass
class Place:
    """One home with nothing in service yet; ``door`` and ``card`` are written tags."""

    folder: Path
    reader: Emulator
    port: int

    def __post_init__(self) -> None:
        self.start_broker()

    def start_broker(self) -> None:
        """Start Mosquitto as it was provisioned."""
        words = broker_words(self.folder / "broker", find_mosquitto())
        self.broker = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop_broker(self) -> None:
        """Kill it."""
        self.broker.kill()
        self.broker.wait()

    @property
    def authority(self) -> Path:
        return self.folder / "authority"

    @property
    def config(self) -> Path:
        return self.folder / "device.toml"

    def write(self, name: str, kind: str, uid: str, role: str, *words: str) -> None:
        """Have a tag written."""
        self.reader.do(f"tag {name} {kind} uid={uid}")
        self.reader.do(f"present {name}")
        whose = ("--role", role, *words)
        call("zhendao-provision", "card", "write", self.authority, "--port", self.folder / "reader", *whose)
        self.reader.do(f"remove {name}")

    def settings(self) -> None:
        """Write the settings that `install` would ask for."""
        self.config.write_text(
            f'[terminal]\ndata_dir = "terminal"\n[nfc]\ndriver = "pn532"\nport = "{self.folder}/reader"\n'
            f'[gnss]\nport = "{self.folder}/receiver"\nbaud = 9600\n'
            f'[broker]\nurl = "mqtts://127.0.0.1:{self.port}"\n'
        )

    def answers(self, **more: str) -> Path:
        """Write the answers file."""
        file = self.folder / "answers.toml"
        file.write_text("".join(f"{name} = {json.dumps(text)}\n" for name, text in {**ANSWERS, **more}.items()))
        return file

    def install(
        self, *words: object, answers: Path | None = None, tags: Sequence[str] = ("door",), fixes: int = 5
    ) -> Screen:
        """Start `install`, with somebody who does as asked; ``tags`` are shown in turn where it wants the door tag."""
        asked = command(
            "zhendao-provision", "install", self.authority, "--config", self.config,
            "--fixes", fixes, "--signals", "yes", *(["--answers", answers] if answers else []), *words,
        )  # fmt: skip
        for tag in ("door", "card"):
            self.reader.do(f"remove {tag}")
        process = subprocess.Popen(
            asked, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return Screen(process, self._person(list(tags)))

    def _person(self, tags: list[str]) -> Sequence[tuple[str, Callable[[], object]]]:
        show, take = (lambda name: self.reader.do(f"present {name}")), (lambda name: self.reader.do(f"remove {name}"))

        def first() -> None:
            show(tags.pop(0))

        def door() -> None:
            show("door")

        def card() -> None:
            take("door")
            show("card")

        return (
            ("[3/8]", first),
            ("√ door tag", lambda: take("door")),
            ("hold the door tag to the reader …", door),
            ("hold a card to the reader", card),
            ("√ self-test", lambda: take("card")),
        )


@contextlib.contextmanager
def place(folder: Path, door: str = "ntag215") -> Iterator[Place]:
    """Make everything that must be there before an engineer comes; ``door`` is the kind of the door tag."""
    call("zhendao-provision", "init", folder / "authority", "--tenant", TENANT, "--host", "127.0.0.1")
    port = free_port()
    call(
        "zhendao-provision", "broker", "install", folder / "authority", "--out", folder / "broker",
        "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(Emulator(folder / "reader"))
        receiver = Simulator(folder / "receiver", "--lat", str(LAT), "--lon", str(LON))
        stack.callback(receiver.end)
        here = Place(folder, reader, port)
        stack.callback(here.stop_broker)
        here.write("door", door, "04A1B2C3D4E5F6", "door", "--holder", "P001")
        here.write("card", "ntag215", "04B0B1B2B3B4B5", "caregiver")
        yield here
