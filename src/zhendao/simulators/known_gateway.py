"""The gateway that a receiver knows: the key of its signing certificate, from a file.

Promise: a file that holds no certificate is a named error and no traceback.
"""

from pathlib import Path

from asn1crypto import pem

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import VerifyingKey
from zhendao.simulators.errors import ScriptError


def key_of(path: Path) -> VerifyingKey:
    """Return the key of the certificate (PEM or DER) in ``path``. Raises `ScriptError`."""
    try:
        data = path.read_bytes()
        certificate = Certificate.parse(pem.unarmor(data)[2] if pem.detect(data) else data)
        return certificate.suite.verifying_key(certificate.spki)
    except (OSError, ValueError, ProtocolError) as error:
        raise ScriptError(path) from error
