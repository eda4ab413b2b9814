"""What a terminal loads for the rest of the year: no more than it uses."""

import json
import os
import subprocess
import sys

NEVER = {
    *("asn1crypto", "cryptography", "OpenSSL"),
    *("urllib.request", "http", "email", "usb1", "nfc.tag", "nfc.llcp", "ndef.bluetooth", "gpiozero", "smartcard"),
    *("rich", "typer", "structlog", "sqlite_utils", "sqlalchemy", "fastapi", "httpx", "difflib", "pickle"),
    "unicodedata",
}
_LOADED = (
    "import sys, json; import zhendao.device.cli, zhendao.device.running;"
    "from zhendao.protocol import sm_engine; from zhendao.protocol.suite import SM;"
    "sm_engine.spare(); key = SM.new_signing_key(); SM.verifying_key(key.spki).verify(b'm', key.sign(b'm'));"
    "SM.open(bytes(16), bytes(12), b'', SM.seal(bytes(16), bytes(12), b'', b'x'));"
    "print(json.dumps(list(sys.modules)))"
)
_WHOLE = (
    "import zhendao.device.running; import urllib.request, usb1, nfc, ndef;"
    "nfc.ContactlessFrontend, nfc.tag.Tag, nfc.llcp.Socket, nfc.clf.transport.TTY;"
    "urllib.request.urlopen, usb1.USBContext;"
    "print(ndef.TextRecord('here').text, ndef.UriRecord('https://x').iri)"
)


def run(code: str) -> str:
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=unmeasured
    ).stdout


def test_a_terminal_loads_nothing_that_it_never_uses() -> None:
    assert not NEVER & set(json.loads(run(_LOADED)))


def test_whoever_wants_a_whole_library_beside_it_gets_it() -> None:
    assert run(_WHOLE) == "here https://x\n"
