"""A log that can only grow, and proofs of it: RFC 9162 section 2.1, with the hash of the suite (SHA-256 in `intl`).

Promise: whoever knows the root of a log can be shown in log2(n) hashes that an entry is in it (inclusion), and that an
older log is its beginning (consistency); a proof that is not exactly the one of the RFC is refused. rule: EVIDENCE

Where the hashes of a large log rest is for its keeper: proofs ask for the roots of stretches of it (`Stretch`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zhendao.protocol.suite import Suite

    Stretch = Callable[[int, int], bytes]
    """Returns the root over the leaves from the first number up to, not with, the second: MTH(D[a:b]), a < b."""

_LEAF, _NODE = b"\x00", b"\x01"
MAX_PATH = 64
"""A path has so many hashes at most: no log has more than 2^63 entries."""


def leaf_hash(suite: Suite, entry: bytes) -> bytes:
    """Return the hash of one entry: H(0x00 ‖ entry)."""
    return suite.hash(_LEAF + entry)


def node_hash(suite: Suite, left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbouring stretches: H(0x01 ‖ left ‖ right)."""
    return suite.hash(_NODE + left + right)


def empty_root(suite: Suite) -> bytes:
    """Return the root of a log without entries: H of nothing."""
    return suite.hash(b"")


def root_of(suite: Suite, leaves: Sequence[bytes]) -> bytes:
    """Return the root over ``leaves``, hashes of entries in their order."""
    if not leaves:
        return empty_root(suite)
    row = list(leaves)
    while len(row) > 1:
        pairs = [node_hash(suite, row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = [*pairs, row[-1]] if len(row) % 2 else pairs
    return row[0]


def split(count: int) -> int:
    """Return the greatest power of two below ``count`` (2 or more): where a tree of so many leaves is parted."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_path(index: int, size: int, stretch: Stretch) -> list[bytes]:
    """Return PATH(index, D[size]), from the leaf's neighbour up. 0 ≤ index < size."""
    return _path(index, 0, size, stretch)


def _path(index: int, begin: int, end: int, stretch: Stretch) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, stretch), stretch(middle, end)]
    return [*_path(index, middle, end, stretch), stretch(begin, middle)]


def consistency_path(old: int, new: int, stretch: Stretch) -> list[bytes]:
    """Return PROOF(old, D[new]): that the first ``old`` entries of ``new`` are the older log. 0 < old ≤ new."""
    return _subproof(old, 0, new, stretch, whole=True)


def _subproof(old: int, begin: int, end: int, stretch: Stretch, *, whole: bool) -> list[bytes]:
    if old == end:
        return [] if whole else [stretch(begin, end)]
    middle = begin + split(end - begin)
    if old <= middle:
        return [*_subproof(old, begin, middle, stretch, whole=whole), stretch(middle, end)]
    return [*_subproof(old, middle, end, stretch, whole=False), stretch(begin, middle)]


def root_from_inclusion(suite: Suite, index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that ``path`` leads to from ``leaf`` (RFC 9162 section 2.1.3.2); compare it with the signed one.

    Raises `CryptoError` with reason ``log-path`` where the path has another length than that of this place.
    """
    if not 0 <= index < size:
        raise CryptoError("log-path", f"no entry {index} in a log of {size}")
    at, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            raise CryptoError("log-path", "a path that is too long")
        if at & 1 or at == last:
            found = node_hash(suite, one, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(suite, found, one)
        at, last = at >> 1, last >> 1
    if last:
        raise CryptoError("log-path", "a path that is too short")
    return found


def check_consistency(
    suite: Suite, old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Prove that the log of ``new`` entries begins with that of ``old`` (RFC 9162 section 2.1.4.2).

    Raises `CryptoError` with reason ``log-path`` where the path is no proof, ``log-forked`` where it does not lead to
    both roots: then entries were changed, taken out or slipped in.
    """
    if not 0 < old <= new:
        raise CryptoError("log-path", f"a log of {new} entries cannot go on from one of {old}")
    if old == new:
        if path:
            raise CryptoError("log-path", "a path that is too long")
        _same(old_root, new_root)
        return
    rest = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not rest:
        raise CryptoError("log-path", "a path that is too short")
    first, second = _climb(suite, old, new, rest)
    _same(first, old_root)
    _same(second, new_root)


def _climb(suite: Suite, old: int, new: int, rest: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both logs to which ``rest``, of which the first is common to both, leads."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first, second = rest[0], rest[0]
    for one in rest[1:]:
        if last == 0:
            raise CryptoError("log-path", "a path that is too long")
        if at & 1 or at == last:
            first, second = node_hash(suite, one, first), node_hash(suite, one, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(suite, second, one)
        at, last = at >> 1, last >> 1
    if last:
        raise CryptoError("log-path", "a path that is too short")
    return first, second


def _same(found: bytes, told: bytes) -> None:
    if found != told:
        raise CryptoError("log-forked", "the newer log does not begin with the older one")
