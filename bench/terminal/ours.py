"""Our side: the real agent, fed in place of its reader, and the real gateway; arrived means committed there."""

import contextlib
import json
import re
import secrets
import sqlite3
import sys
import urllib.request
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from candidate import HERE, Candidate
from machine import wait_until

from samples.running import Gateway
from samples.site import Authority
from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Kind, Role
from zhendao.readers.token_record import token_message

CARDS = 24
"""As many caregivers as `bench/drain.py` lets come."""


class Ours(Candidate):
    """`zhendao-device` and `zhendao-gateway`; the gateway's link is direct, the terminal's goes over ``port``."""

    name = "zhendao"

    def __init__(self, folder: Path, data: Path, port: int, broker: int) -> None:
        super().__init__(folder, data, port)
        authority = Authority(SM, now_s=1_790_000_000)
        self._gateway = Gateway(folder / "gateway", authority, broker, "[visits]\ndoubled_within_s = 0\n")
        line = authority.terminal()
        issuer = SM.new_signing_key()
        tags = [(secrets.token_bytes(7), Role.CAREGIVER if number else Role.DOOR) for number in range(CARDS + 1)]
        self._identity = folder / "identity.json"
        self._identity.write_text(
            json.dumps(
                {
                    "suite": SM.name,
                    "tenant": authority.tenant,
                    "device": line.device.hex(),
                    "key": line.key.pkcs8().hex(),
                    "certificate": line.certificate.der.hex() if line.certificate else "",
                    "recipient": authority.wrap.spki.hex(),
                    "issuer": issuer.spki.hex(),
                    "gateway": self._gateway.key.spki.hex(),
                    "tags": [
                        (u.hex(), token_message(sign_token(issuer, r, secrets.token_bytes(16), u, 0, 1 << 40)).hex())
                        for u, r in tags
                    ],
                }
            ),
            "utf-8",
        )
        self._settings = folder / "device.toml"
        self._settings.write_text(
            f'[terminal]\ndata_dir = "{data}"\n[nfc]\ndriver = "pn532"\nport = "{folder}/none"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{port}"\n[session]\ndouble_tap_s = 0\n',
            "utf-8",
        )
        self._gateway.start()
        if not wait_until(self._gateway.well, 30):
            raise SystemExit(
                f"the gateway does not get ready: {(folder / 'gateway' / 'gateway.log').read_text('utf-8')}"
            )

    def words(self, socket_path: Path) -> tuple[list[str], Mapping[str, str]]:
        """Start the real agent with a feed."""
        files = (self._settings, self._identity, socket_path, self.accepted_file)
        return [sys.executable, str(HERE / "agent_process.py"), *map(str, files)], {}

    def arrived(self) -> Counter[str]:
        """Read the gateway's store."""
        query = "SELECT lower(hex(epoch)) || ' ' || seq FROM events WHERE kind = ?"
        with contextlib.closing(sqlite3.connect(f"file:{self._gateway.database}?mode=ro", uri=True)) as db:
            return Counter(row[0] for row in db.execute(query, (int(Kind.CHECK),)))

    def count(self) -> int:
        """Count the checks in the gateway's store."""
        with contextlib.closing(sqlite3.connect(f"file:{self._gateway.database}?mode=ro", uri=True)) as db:
            found: int = db.execute("SELECT count(*) FROM events WHERE kind = ?", (int(Kind.CHECK),)).fetchone()[0]
            return found

    def sent_again(self) -> int:
        """Ask the gateway's meters."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._gateway.http_port}/metrics") as answer:
            text = answer.read().decode()
        again = re.search(r"^zhendao_duplicate_events_total (\S+)$", text, re.MULTILINE)
        return int(float(again[1])) if again else 0

    def close(self) -> None:
        """End the gateway."""
        self._gateway.stop()
