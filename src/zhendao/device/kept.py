"""Keys of the small rows that are kept in the journal beside visits, in the transaction of an event.

A key is as long as a visit's and begins with the word of whoever keeps the row. That a visit's pseudonym begins with
such a word does not happen; if it did, its row would not be read as the other, and neither is taken for what it is not.
"""

from __future__ import annotations

from hashlib import sha256

KEY_BYTES = 16
LONGEST_WORD = 6
"""Bytes of a word; what is left of a key tells a million rows apart."""


def key(word: bytes, *names: bytes) -> bytes:
    """Return the key of the row that ``names`` stand for, among those of ``word``."""
    assert len(word) <= LONGEST_WORD, word  # noqa: S101 - a constant of whoever keeps rows
    return word + sha256(b"zd1/kept" + b"".join(names)).digest()[: KEY_BYTES - len(word)]
