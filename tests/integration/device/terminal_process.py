"""Runs a terminal whose identity a test has made: ``python terminal_process.py CONFIG IDENTITY.json``."""

import json
import sys
from pathlib import Path

from zhendao.command.run import run
from zhendao.device import config
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
        tenant="test",
        key=suite.signing_key(bytes.fromhex(made["key"])),
        certificate=certificate,
        certificate_id=suite.hash(certificate),
        recipients=(suite.wrapping_key(bytes.fromhex(made["recipient"])),),
        issuers={issuer.key_id: issuer},
        gateway=suite.verifying_key(bytes.fromhex(made["gateway"])),
        placement=Placement[made["placement"]],
        mounting=Mounting[made["mounting"]],
    )


def main(argv: list[str], _language: str) -> int:
    folder = Path(argv[1])
    return run_terminal(config.read(Path(argv[0])), identity(folder), folder.parent, "en", as_json=True)


if __name__ == "__main__":
    sys.exit(run(main))
