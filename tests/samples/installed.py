"""A terminal that has joined an authority, with reader, receiver and broker simulated or real, for tests of a site."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from samples.home import Broker, ended
from samples.pn532 import CARD, DOOR, Emulator
from samples.receiver import Simulator
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.authority import Authority
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message

DOOR_TOKEN = bytes.fromhex("d0" * 16)
CARD_TOKEN = bytes.fromhex("c0" * 16)
PLACE = (31.1885432, 121.4370010)
PASSPHRASE = "correct horse"
COMMAND = "import sys; from {module} import main; sys.exit(main())"
MODULES = {"device": "zhendao.device.cli", "provision": "zhendao.provisioning.cli", "verify": "zhendao.verifier.cli"}


class Site:
    """A folder with an authority and a terminal; commands are processes, as an engineer runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "device.toml"
        self.environment = {**os.environ, "ZHENDAO_PASSPHRASE": PASSPHRASE, "LC_ALL": "C.UTF-8"}
        self.environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        for name in ("CREDENTIALS_DIRECTORY", "TPM2TOOLS_TCTI"):
            self.environment.pop(name, None)

    def settings(self, broker_port: int = 1, *, gnss: bool = True, more: str = "") -> None:
        """Write device.toml."""
        receiver = '[gnss]\nport = "gnss"\nbaud = 9600\n' if gnss else ""
        self.config.write_text(
            f'[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "reader"\n{receiver}'
            f'[broker]\nurl = "mqtt://127.0.0.1:{broker_port}"\n{more}'
        )

    def found(self, door: bytes | None = DOOR_TOKEN, mounting: str = "cradle") -> None:
        """Found the authority and let the terminal join it."""
        self.settings()
        self.provision("init", self.folder / "authority", "--tenant", "xuhui")
        self.device("enrol", "--request", self.folder / "request", "--keystore", "file")
        bound = ["--door", door.hex()] if door else []
        self.provision(
            *("terminal", "approve", self.folder / "authority", "--request", self.folder / "request"),
            *("--out", self.folder / "answer", "--mounting", mounting, *bound),
        )
        self.device("enrol", "--answer", self.folder / "answer")

    def start(self, program: str, *words: object) -> subprocess.Popen[str]:
        """Start a command; for the terminal's the settings are added."""
        added = ["--config", str(self.config)] if program == "device" else []
        return subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                "-c",
                COMMAND.format(module=MODULES[program]),
                *map(str, words),
                *added,
                "--json",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.folder,
        )

    def run(self, program: str, *words: object, code: int = 0) -> Any:
        """Run a command to its end; return what it printed as JSON, its error if it failed without."""
        with self.start(program, *words) as process:
            out, err = process.communicate(timeout=180)
        assert process.returncode == code, (words, out, err)
        return json.loads((out.strip() or err.strip()).splitlines()[-1])

    def device(self, *words: object, code: int = 0) -> Any:
        return self.run("device", *words, code=code)

    def provision(self, *words: object, code: int = 0) -> Any:
        return self.run("provision", *words, code=code)

    def verify(self, *words: object, code: int = 0) -> Any:
        trust = [f"--{name}={self.folder / 'authority' / name}.crt" for name in ("root", "issuing")]
        return self.run("verify", *words, *trust, code=code)

    def write_tags(self, emulator: Emulator, door: bytes = DOOR_TOKEN) -> None:
        """Make the emulator's door and card tokens of the authority."""
        authority = Authority.open(self.folder / "authority", PASSPHRASE)
        issuer = authority.token_issuer()
        reader = open_pn532(str(emulator.link))
        for tag, role, uid, token in (("door", Role.DOOR, DOOR, door), ("card", Role.CAREGIVER, CARD, CARD_TOKEN)):
            emulator.do(f"present {tag}")
            write_ndef(reader, uid, token_message(sign_token(issuer, role, token, uid, 0, 1 << 40)))
            emulator.do(f"remove {tag}")
        reader.close()

    def selftest(
        self, *words: object, code: int = 0, on: Callable[[str], None] = lambda _line: None
    ) -> dict[str, dict[str, Any]]:
        """Run the self-test; ``on`` is given each line that it says to people. Return the parts by name."""
        out = self.folder / "selftest.json"
        process = self.start("device", "selftest", "--out", out, "--signals", "yes", "--lang", "en", *words)
        with ended(process):
            assert process.stderr is not None
            assert process.stdout is not None
            said = []
            for line in process.stderr:
                said.append(line)
                on(line)
            printed = process.stdout.read()
            assert process.wait(180) == code, (said, printed)
        record = json.loads(printed.splitlines()[-1])
        return {one["part"]: one for one in record["facts"]["parts"]}


@contextlib.contextmanager
def receiver(folder: Path, *words: str) -> Iterator[Simulator]:
    """Give a receiver at `PLACE`."""
    made = Simulator(folder / "gnss", "--lat", str(PLACE[0]), "--lon", str(PLACE[1]), *words)
    try:
        yield made
    finally:
        made.end()


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """Give a Mosquitto."""
    made = Broker(folder)
    try:
        yield made
    finally:
        made.kill()
