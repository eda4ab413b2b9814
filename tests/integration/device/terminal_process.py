"""Runs a terminal whose identity a test has made: ``python terminal_process.py CONFIG IDENTITY.json``."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhendao.command.run import run
from zhendao.device import config
from zhendao.device.clock.kernel import Clock, KernelClock
from zhendao.device.clock.trust import Seen
from zhendao.device.equipment import LOOK_S, equipment
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
        own_door=bytes.fromhex(made["own_door"]) if made.get("own_door") else None,
    )


class ToldClock(KernelClock):
    """Lets ``file`` say what the kernel says of the time of day (no test may set the machine's own clock)."""

    def __init__(self, file: Path, rtc: Path) -> None:
        super().__init__(rtc)
        self.file = file

    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    def wall_ms(self) -> int:
        return super().wall_ms() + int(self.said()["off_s"] * 1000)

    def look(self) -> Seen:
        return replace(super().look(), kernel_bound_ms=self.said()["ntp_bound_ms"])


def main(argv: list[str], _language: str) -> int:
    settings, folder = config.read(Path(argv[0])), Path(argv[1])
    clock: Clock = KernelClock(settings.clock.rtc)
    look_s = LOOK_S
    if (file := folder.parent.with_name("clock.json")).exists():
        clock = told = ToldClock(file, settings.clock.rtc)
        look_s = told.said()["look_s"]
    who = identity(folder)
    ports = replace(equipment(settings, who, folder.parent, clock), rest=lambda: asyncio.sleep(look_s))
    return run_terminal(settings, who, ports, "en", as_json=True)


if __name__ == "__main__":
    sys.exit(run(main))
