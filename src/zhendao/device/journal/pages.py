"""Rows out of the pages of a SQLite file, whatever has become of its header, its tree and its tables. Pure.

Every leaf page of a table is read on its own (file format, sections 1.6 and 2), first as the write-ahead log left it,
then as it is without the log. A row that comes out is a guess: whoever wants it has to know it by its content.
Promise: any bytes give rows or none; nothing is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Value = int | bytes | None
Row = tuple[int, tuple[Value, ...]]
"""The rowid, and the columns; the column that is the rowid is None."""

MAGIC = b"SQLite format 3\0"
_HEADER, _LOG_HEADER, _FRAME_HEADER = 100, 32, 24
_LEAF, _LEAF_HEADER = 0x0D, 8
_SMALLEST, _LARGEST = 512, 65536
_LOG_MAGIC = {0x377F0682, 0x377F0683}
_VARINT = 9
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_REAL, _ZERO, _ONE, _BLOB = 7, 8, 9, 12
_MOST_COLUMNS = 64


def rows(database: bytes, log: bytes, page_bytes: int) -> Iterator[Row]:
    """Yield every row of every table leaf; ``page_bytes`` is believed where the header says nothing possible."""
    size = _page_bytes(database) or page_bytes
    overlay = _frames(log, size, len(database) // size)
    for newer in (overlay, {}) if overlay else ({},):
        pages = _Pages(database, newer, size)
        for number in pages.numbers():
            yield from _leaf(pages, number)


def _page_bytes(database: bytes) -> int | None:
    if bytes(database[: len(MAGIC)]) != MAGIC:
        return None
    size = int.from_bytes(database[16:18], "big")
    size = _LARGEST if size == 1 else size
    return size if _SMALLEST <= size <= _LARGEST and not size & (size - 1) else None


def _frames(log: bytes, size: int, known: int) -> dict[int, bytes]:
    """Return the newest version of each page in the log; frames of an earlier round (other salts) do not count."""
    most = known + len(log) // size
    found: dict[int, bytes] = {}
    if int.from_bytes(log[:4], "big") not in _LOG_MAGIC:
        return found
    salts = log[16:24]
    for at in range(_LOG_HEADER, len(log) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        number = int.from_bytes(log[at : at + 4], "big")
        if log[at + 8 : at + 16] != salts or not 0 < number <= most:
            break
        found[number] = bytes(log[at + _FRAME_HEADER : at + _FRAME_HEADER + size])
    return found


class _Pages:
    """Pages by number, from 1: those of the log over those of the file."""

    def __init__(self, database: bytes, newer: Mapping[int, bytes], size: int) -> None:
        self._database, self._newer, self.size = database, newer, size

    def numbers(self) -> range:
        """Return every number that there may be."""
        return range(1, max(len(self._database) // self.size, max(self._newer, default=0)) + 1)

    def page(self, number: int) -> bytes:
        """Return a page, empty where there is none."""
        newer = self._newer.get(number)
        at = (number - 1) * self.size
        return newer if newer is not None else bytes(self._database[at : at + self.size])


def _leaf(pages: _Pages, number: int) -> Iterator[Row]:
    page = pages.page(number)
    start = _HEADER if number == 1 else 0
    if len(page) != pages.size or page[start] != _LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + _LEAF_HEADER
    for at in range(first, min(first + 2 * count, pages.size - 1), 2):
        row = _cell(pages, page, int.from_bytes(page[at : at + 2], "big"))
        if row is not None:
            yield row


def _cell(pages: _Pages, page: bytes, at: int) -> Row | None:
    length, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if at > pages.size or length > pages.size * 4096:
        return None
    payload = _payload(pages, page, at, length)
    columns = None if payload is None else _columns(payload)
    return None if columns is None else (rowid, columns)


def _payload(pages: _Pages, page: bytes, at: int, length: int) -> bytes | None:
    """Return the payload of a cell, with what lies on overflow pages (file format, section 1.6)."""
    usable = pages.size
    if length <= usable - 35:
        found = page[at : at + length]
        return found if len(found) == length else None
    least = (usable - 12) * 32 // 255 - 23
    local = least + (length - least) % (usable - 4)
    local = local if local <= usable - 35 else least
    parts, missing = [page[at : at + local]], length - local
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while missing > 0 and following:
        more = pages.page(following)
        parts.append(more[4 : 4 + min(missing, usable - 4)])
        missing -= usable - 4
        following = int.from_bytes(more[:4], "big") if len(more) == usable else 0
    whole = b"".join(parts)
    return whole if len(whole) == length else None


def _columns(payload: bytes) -> tuple[Value, ...] | None:
    """Return the columns of a record (file format, section 2.1), None where it is no record of ours."""
    header, at = _varint(payload, 0)
    found: list[Value] = []
    body = header
    while at < header and len(found) <= _MOST_COLUMNS:
        kind, at = _varint(payload, at)
        if kind == 0:
            found.append(None)
        elif kind in _INTEGERS:
            found.append(int.from_bytes(payload[body : body + _INTEGERS[kind]], "big", signed=True))
            body += _INTEGERS[kind]
        elif kind in {_ZERO, _ONE}:
            found.append(kind - _ZERO)
        elif kind >= _BLOB:
            found.append(payload[body : body + (kind - _BLOB) // 2])
            body += (kind - _BLOB) // 2
        else:
            return None
    return tuple(found) if at == header and body == len(payload) else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a varint and where it ends; beyond the end of ``data`` bytes are 0."""
    value = 0
    for count in range(_VARINT):
        byte = data[at + count] if at + count < len(data) else 0
        if count == _VARINT - 1:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            break
    return value, at + count + 1
