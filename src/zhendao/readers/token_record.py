"""The NDEF record that carries a signed token (docs/protocol.md section 9): out of a message, and into one.

Promise: any bytes give the record's payload or None; a payload that is longer than a token may be is none.
"""

from functools import lru_cache
from typing import Any

from zhendao.command.sparing import load
from zhendao.protocol.token import MAX_RECORD_BYTES, NDEF_TYPE

ndef: Any = load(  # records of any kind are all that is needed, and ours is none that it knows
    "ndef",
    without=tuple(
        f"ndef.{one}"
        for one in ("bluetooth", "deviceinfo", "handover", "signature", "smartposter", "text", "uri", "wifi")
    ),
)

_CACHED = 256
"""Cards and door tags come again and again."""
_EXTERNAL = f"urn:nfc:ext:{NDEF_TYPE}"


@lru_cache(_CACHED)
def token_record(message: bytes | None) -> bytes | None:
    """Return the payload of the first token record in an NDEF message, None where there is none."""
    if not message:
        return None
    try:
        for record in ndef.message_decoder(message, errors="strict", known_types={}):
            if record.type == _EXTERNAL and 0 < len(record.data) <= MAX_RECORD_BYTES:
                return bytes(record.data)
    except (ndef.DecodeError, ValueError):
        return None
    return None


def token_message(payload: bytes) -> bytes:
    """Return the NDEF message whose one record carries ``payload``."""
    return b"".join(ndef.message_encoder([ndef.Record(_EXTERNAL, "", payload)]))
