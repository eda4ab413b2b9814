"""Work done aside: its result and its errors come back, and a child that was killed is an error too."""

import subprocess
import sys

import cbor2

from zhendao.device.identity.papers import KeyPlace, Papers, from_plain, to_plain

_RUN = """
import os, signal, sys
from zhendao.device.identity.aside import AsideError, aside
from pathlib import Path

def load():
    import zhendao.protocol.enrolment
    return {"loaded": int("asn1crypto" in sys.modules), "child": os.getpid()}

found = aside(load)
assert found["loaded"] and found["child"] != os.getpid() and "asn1crypto" not in sys.modules
from zhendao.device.identity.enrolled import read
try:
    aside(lambda: read(Path("/nowhere")))
except AsideError as error:
    assert "/nowhere" in error.what.en and error.cure is not None
    assert (error.code, error.exit_code) == ("not-enrolled", 1)
else:
    sys.exit("no error")
try:
    aside(lambda: os.kill(os.getpid(), signal.SIGKILL))
except AsideError as error:
    assert error.code == "aside"
    print("all three")
"""


def test_results_and_errors_come_back() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", _RUN], capture_output=True, text=True, check=False)
    assert done.stdout == "all three\n", done.stderr


def test_papers_survive_the_way_between_processes() -> None:
    key = KeyPlace("/identity/terminal.key", None, b"pkcs8")
    papers = Papers("sm", b"d" * 16, "xuhui", key, b"c", b"i" * 32, (b"g", b"e"), (b"t",), b"s", 1, 2, None)
    assert from_plain(cbor2.loads(cbor2.dumps(to_plain(papers)))) == papers
