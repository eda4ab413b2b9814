"""How long each certificate of an authority is good, and the numbers that certificates are told apart by."""

import secrets
from typing import Final

from zhendao.protocol.issuing import SERIAL_BYTES
from zhendao.provisioning.tls import Times

YEAR_S: Final = 365 * 86_400
BACKDATE_S: Final = 86_400
"""A certificate begins a day early, so that a clock that is somewhat slow does not refuse it."""
ROOT_YEARS, ISSUING_YEARS, END_YEARS = 20, 10, 5


def span(now_s: int, years: int) -> Times:
    """Return the validity of a certificate made now."""
    return Times(now_s - BACKDATE_S, now_s + years * YEAR_S)


def new_serial() -> bytes:
    """Return 16 random bytes for a certificate's number."""
    return secrets.token_bytes(SERIAL_BYTES)
