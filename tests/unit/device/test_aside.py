"""Work done aside: its result and its errors come back, and a child that was killed is an error too."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from zhendao.device.identity.enrolled import IdentityError, NotEnrolledError
from zhendao.protocol.errors import CertificateError, MalformedError, ZhendaoError
from zhendao.protocol.wording import Text

_RUN = """
import os, signal, sys
from zhendao.device.identity.aside import AsideError, aside
from pathlib import Path

def load():
    import zhendao.protocol.enrolment
    return ("asn1crypto" in sys.modules, os.getpid())

loaded, child = aside(load)
assert loaded and child != os.getpid() and "asn1crypto" not in sys.modules
from zhendao.device.identity.enrolled import NotEnrolledError, read
try:
    aside(lambda: read(Path("/nowhere")))
except NotEnrolledError as error:
    assert "/nowhere" in error.what.en and error.cure is not None
else:
    sys.exit("no error")
try:
    aside(lambda: os.kill(os.getpid(), signal.SIGKILL))
except AsideError:
    print("all three")
"""


def test_results_and_errors_come_back() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", _RUN], capture_output=True, text=True, check=False)
    assert done.stdout == "all three\n", done.stderr


@pytest.mark.parametrize(
    "error",
    [
        ZhendaoError(Text("坏", "bad"), Text("修", "mend")),
        MalformedError("certificate", "not DER"),
        CertificateError("certificate-form", "no"),
        NotEnrolledError(Path("/a")),
        IdentityError(Path("/a"), "b"),
    ],
)
def test_an_error_survives_the_way_between_processes(error: ZhendaoError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the same expression
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error)
    assert again.explain("zh") == error.explain("zh")
