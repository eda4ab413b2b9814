"""Runs a terminal whose identity a test has made: ``python terminal_process.py CONFIG IDENTITY.json``."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from zhendao.command.run import run
from zhendao.device import caretaker, config
from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.identity.values import Identity
from zhendao.device.running import run_terminal
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.vocabulary import Mounting, Placement


def identity(file: Path) -> Identity:
    made = json.loads(file.read_text())
    suite = suite_by_name(made["suite"])
    issuer = suite.verifying_key(bytes.fromhex(made["issuer"]))
    certificate = bytes.fromhex(made["certificate"])
    return Identity(
        suite=suite,
        device=bytes.fromhex(made["device"]),
        tenant=made.get("tenant", "test"),
        key=suite.signing_key(bytes.fromhex(made["key"])),
        certificate=certificate,
        certificate_id=suite.hash(certificate),
        recipients=(suite.wrapping_key(bytes.fromhex(made["recipient"])),),
        issuers={issuer.key_id: issuer},
        gateway=suite.verifying_key(bytes.fromhex(made["gateway"])),
        placement=Placement[made["placement"]],
        mounting=Mounting[made["mounting"]],
    )


def inject_clock(file: Path) -> None:
    """Let ``file`` say what the kernel says of the time of day (no test may set the machine's own clock)."""

    def said() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    kernel_clock.wall_ms = lambda: time.time_ns() // 1_000_000 + int(said()["off_s"] * 1000)
    kernel_clock.kernel_bound_ms = lambda: said()["ntp_bound_ms"]
    caretaker.LOOK_S = said()["look_s"]


def main(argv: list[str], _language: str) -> int:
    folder = Path(argv[1])
    if (clock := folder.parent.with_name("clock.json")).exists():
        inject_clock(clock)
    return run_terminal(config.read(Path(argv[0])), identity(folder), folder.parent, "en", as_json=True)


if __name__ == "__main__":
    sys.exit(run(main))
