"""The numbers on a blocklist: token ids and chip numbers (uids), packed, sorted, 16 bytes each (docs/protocol.md 14).

rule: BLOCKLIST. Promise: membership is exact. What is asked for is compared whole, byte by byte; there is no hash and
no filter, so nobody who is not on the list is ever turned away. 100,000 numbers take 1.6 MB.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.limits import ENTRY_BYTES, MAX_BLOCKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UID_LENGTHS = range(4, 11)
_RECORD = 1 + ENTRY_BYTES
_IS_UID, _IS_REMOVED = 2, 1
"""The bits of a change's first byte."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """``packed``: ``ids`` token ids in rising order, then uids in rising order (length, uid, zeros)."""

    packed: bytes = b""
    ids: int = 0

    def __len__(self) -> int:
        return len(self.packed) // ENTRY_BYTES

    def __contains__(self, number: bytes) -> bool:
        """Tell whether a token id (16 bytes) or a uid (4 to 10 bytes) is on the list; nothing else ever is."""
        section = self._section(number)
        if section is None:
            return False
        entry, at, end = section
        at = self._place(entry, at, end)
        return at < end and self._at(at) == entry

    def __iter__(self) -> Iterator[bytes]:
        """Give every number, token ids first."""
        for at in range(len(self)):
            entry = self._at(at)
            yield entry if at < self.ids else entry[1 : 1 + entry[0]]

    def _section(self, number: bytes) -> tuple[bytes, int, int] | None:
        if len(number) == ENTRY_BYTES:
            return number, 0, self.ids
        return (_uid_entry(number), self.ids, len(self)) if len(number) in _UID_LENGTHS else None

    def _place(self, entry: bytes, first: int, end: int) -> int:
        return first + bisect_left(range(first, end), entry, key=self._at)

    def _at(self, at: int) -> bytes:
        return self.packed[at * ENTRY_BYTES : (at + 1) * ENTRY_BYTES]

    def changed_by(self, change: bytes) -> Numbers:
        """Return the numbers after ``change``, as `change` made it of this and another list.

        Raises `MalformedError` where it does not fit this list: a number added that is there, removed that is not.
        """
        made, at, ids = BytesIO(), 0, self.ids
        for what, entry in _records(change):
            is_uid, is_removed = bool(what & _IS_UID), bool(what & _IS_REMOVED)
            first, end = (self.ids, len(self)) if is_uid else (0, self.ids)
            here = self._place(entry, first, end)
            if (here < end and self._at(here) == entry) is not is_removed or here < at:
                raise MalformedError("blocklist-change", "a change that does not fit the list")
            made.write(memoryview(self.packed)[at * ENTRY_BYTES : here * ENTRY_BYTES])
            if not is_removed:
                made.write(entry)
            at = here + is_removed
            ids += 0 if is_uid else (-1 if is_removed else 1)
        made.write(memoryview(self.packed)[at * ENTRY_BYTES :])
        return checked(made.getvalue(), ids)


def numbers(several: Iterable[bytes]) -> Numbers:
    """Return ``several`` token ids and uids as a list. Raises `MalformedError` where one is neither, or too many."""
    found = set(several)
    ids = sorted(one for one in found if len(one) == ENTRY_BYTES)
    uids = sorted(_uid_entry(one) for one in found if len(one) in _UID_LENGTHS)
    if len(ids) + len(uids) != len(found):
        raise MalformedError("length", "neither a token id nor a uid")
    if len(found) > MAX_BLOCKED:
        raise MalformedError("length", f"a blocklist has at most {MAX_BLOCKED} entries")
    return Numbers(b"".join([*ids, *uids]), len(ids))


def checked(packed: bytes, ids: int) -> Numbers:
    """Return a packed list, all of it looked at; raises `MalformedError` if it is not in order, or not of this form."""
    made = Numbers(packed, ids)
    if len(packed) % ENTRY_BYTES or not 0 <= ids <= len(made) <= MAX_BLOCKED:
        raise MalformedError("length", "a blocklist of another length")
    for first, end in ((0, ids), (ids, len(made))):
        if any(one >= other for one, other in pairwise(map(made._at, range(first, end)))):  # noqa: SLF001 - of ours
            raise MalformedError("order", "a blocklist out of order, or with an entry twice")
    for at in range(ids, len(made)):
        entry = made._at(at)  # noqa: SLF001 - of ours
        if entry[0] not in _UID_LENGTHS or any(entry[1 + entry[0] :]):
            raise MalformedError("uid", "an entry that is no uid")
    return made


def change(before: Numbers, after: Numbers) -> bytes:
    """Return what makes ``after`` of ``before``: 17 bytes for each number added or removed, in order."""
    found = []
    for is_uid, of_before, of_after in ((0, _ids(before), _ids(after)), (_IS_UID, _uids(before), _uids(after))):
        records = [(one, is_uid) for one in of_after - of_before]
        records += [(one, is_uid | _IS_REMOVED) for one in of_before - of_after]
        found += [bytes([what]) + one for one, what in sorted(records)]
    return b"".join(found)


def _ids(of: Numbers) -> set[bytes]:
    return {of._at(at) for at in range(of.ids)}  # noqa: SLF001 - of ours


def _uids(of: Numbers) -> set[bytes]:
    return {of._at(at) for at in range(of.ids, len(of))}  # noqa: SLF001 - of ours


def _records(change: bytes) -> Iterator[tuple[int, bytes]]:
    if len(change) % _RECORD:
        raise MalformedError("length", "a change of another length")
    for at in range(0, len(change), _RECORD):
        what = change[at]
        if what & ~(_IS_UID | _IS_REMOVED):
            raise MalformedError("blocklist-change", "a change of another kind")
        yield what, change[at + 1 : at + _RECORD]


def _uid_entry(uid: bytes) -> bytes:
    return (bytes([len(uid)]) + uid).ljust(ENTRY_BYTES, b"\0")
