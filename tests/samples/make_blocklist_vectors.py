"""Make the vectors of the blocklist anew: ``PYTHONPATH=src:tests python -m samples.make_blocklist_vectors FOLDER``.

FOLDER is ``tests/data/vectors``. Keys are drawn anew each time; what was committed stays until the wire changes.
``tests/unit/protocol/test_blocklist_vectors.py`` checks them with an implementation that shares no code.
"""

import json
import sys
from pathlib import Path
from typing import Any

from zhendao.protocol.blocked_numbers import change, numbers
from zhendao.protocol.blocklist import Blocklist, manifest_of, part_body, pieces, sign_manifest, to_file
from zhendao.protocol.command import BLOCKLIST, Command, sign_command
from zhendao.protocol.suite import INTL, SM

TOKENS = [bytes.fromhex(digits * 16) for digits in ("d0", "0d", "c1")]
CHIPS = [bytes.fromhex(uid) for uid in ("04a1b2c3d4e580", "8a0f3c11", "04a1b2c3d4e58001")]
CERTIFICATE = b"\xca" * 32
DEVICE, NONCE = bytes.fromhex("0a" * 16), bytes.fromhex("0b" * 16)
TENANT, VERSION, ISSUED_MS = "xuhui", 1_790_000_030, 1_790_000_030_000


def vector(suite: Any) -> dict[str, Any]:
    """Return a list, the one after it, the change between them, and the commands that carry both."""
    key = suite.new_signing_key()
    lists = []
    for later, several in enumerate((TOKENS[:2] + CHIPS[:2], TOKENS[1:] + CHIPS[1:])):
        made = numbers(several)
        manifest = manifest_of(suite, TENANT, VERSION + later, ISSUED_MS + later * 1000, made)
        lists.append(Blocklist(manifest, sign_manifest(key, CERTIFICATE, manifest), made))
    first, second = lists
    changed = change(first.numbers, second.numbers)
    parts = pieces(first.signed, first.numbers.packed) + pieces(second.signed, changed, VERSION)
    commands = [
        sign_command(key, CERTIFICATE, Command(suite.id, DEVICE, NONCE, n, BLOCKLIST, part_body(part), ISSUED_MS))
        for n, part in enumerate(parts, 1)
    ]
    return {
        "gateway": {"pkcs8": key.pkcs8().hex(), "spki": key.spki.hex()},
        "certificate_id": CERTIFICATE.hex(),
        "tenant": TENANT,
        "device": DEVICE.hex(),
        "boot_nonce": NONCE.hex(),
        "first": {"version": VERSION, "numbers": [one.hex() for one in first.numbers], "file": to_file(first).hex()},
        "second": {
            "version": VERSION + 1,
            "numbers": [one.hex() for one in second.numbers],
            "file": to_file(second).hex(),
        },
        "change": changed.hex(),
        "commands": [one.hex() for one in commands],
    }


def main(folder: Path) -> None:
    """Write a file for each suite."""
    for suite in (SM, INTL):
        text = json.dumps(vector(suite), indent=1)
        (folder / suite.name / "blocklist.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
