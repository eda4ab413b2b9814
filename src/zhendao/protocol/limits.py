"""Bounds of everything on the wire (docs/protocol.md section 1). A receiver refuses what is larger."""

from typing import Final

WIRE_VERSION: Final = 1

MAX_DEPTH: Final = 8
MAX_EVENT_BYTES: Final = 16_384
MAX_BATCH_BYTES: Final = 1_048_576
MAX_BATCH_EVENTS: Final = 4_096
MAX_COMPANIONS: Final = 8
MAX_COMPANION_BYTES: Final = 8_192
MAX_CERTIFICATE_BYTES: Final = 4_096
MAX_DOWN_BYTES: Final = 65_536
MAX_STATE_BYTES: Final = 16_384
MAX_RECIPIENTS: Final = 4
MAX_RANGES: Final = 256
MAX_REFUSALS: Final = 64
MAX_BLOCKED: Final = 131_072
"""So many tokens and chips one blocklist names, at most."""
ENTRY_BYTES: Final = 16
PART_BYTES: Final = 61_440
"""So much of a blocklist goes in one command; with its manifest and signature it stays below `MAX_DOWN_BYTES`."""
MAX_BLOCKLIST_PARTS: Final = 35
MAX_MANIFEST_BYTES: Final = 512

SEAL_STEP: Final = 64
"""Sealed events come in steps of this many bytes, so that sizes do not tell routines."""

ID_BYTES: Final = 16
HASH_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
DATA_KEY_BYTES: Final = 16
MAC_KEY_BYTES: Final = 32

TENANT: Final = r"[a-z0-9-]{1,32}"
"""The form of a tenant's name, in topics and in certificates."""
AEAD_KEY_BYTES: Final = 16
