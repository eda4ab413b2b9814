"""The log's tree against the known roots and proofs of Certificate Transparency, and against what nobody may claim."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.merkle import (
    check_consistency,
    consistency_path,
    empty_root,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
    root_of,
)
from zhendao.protocol.suite import INTL, SM, Suite

# The eight entries, roots and proofs that implementations of RFC 6962 and RFC 9162 are tried with.
ENTRIES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (1, 8): INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}


class Log:
    """All leaves at hand."""

    def __init__(self, suite: Suite, entries: list[bytes]) -> None:
        self.suite, self.leaves = suite, [leaf_hash(suite, one) for one in entries]

    def stretch(self, begin: int, end: int) -> bytes:
        return root_of(self.suite, self.leaves[begin:end])

    def root(self, size: int) -> bytes:
        return root_of(self.suite, self.leaves[:size])


def test_roots_and_proofs_are_those_that_the_world_agrees_on() -> None:
    log = Log(INTL, ENTRIES)
    assert [log.root(size).hex() for size in range(9)] == list(ROOTS)
    assert empty_root(INTL).hex() == ROOTS[0]
    for (index, size), path in INCLUSION.items():
        assert [one.hex() for one in inclusion_path(index, size, log.stretch)] == list(path)
    for (old, new), path in CONSISTENCY.items():
        assert [one.hex() for one in consistency_path(old, new, log.stretch)] == list(path)


@pytest.mark.parametrize("suite", [SM, INTL], ids=lambda one: one.name)
def test_every_place_and_every_age_of_a_log_is_proved(suite: Suite) -> None:
    log = Log(suite, [bytes([number]) for number in range(20)])
    for size in range(1, 21):
        for index in range(size):
            path = inclusion_path(index, size, log.stretch)
            assert root_from_inclusion(suite, index, size, log.leaves[index], path) == log.root(size)
        for old in range(1, size + 1):
            path = consistency_path(old, size, log.stretch)
            check_consistency(suite, old, log.root(old), size, log.root(size), path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_else_is_proved(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    log = Log(INTL, [bytes([number]) for number in range(size)])
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, log.stretch)
    wrong = data.draw(st.sampled_from(["leaf", "place", "short", "long", "bit"]))
    leaf = log.leaves[index]
    if wrong == "leaf":
        leaf = log.leaves[other]
    elif wrong == "short":
        path = path[:-1]
    elif wrong == "long":
        path = [*path, path[-1]]
    elif wrong == "bit":
        at = data.draw(st.integers(0, len(path) - 1))
        path = [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]]
    place = other if wrong == "place" else index
    if wrong in {"leaf", "place"} and other == index:
        return
    assert led_to(place, size, leaf, path) != log.root(size)


def led_to(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """Return the root that a path leads to; None where it is refused."""
    with suppress(CryptoError):
        return root_from_inclusion(INTL, index, size, leaf, path)
    return None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_log_that_was_rewritten_cannot_go_on(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, new - 1))
    entries = [bytes([number]) for number in range(new)]
    before = Log(INTL, entries[:old])
    at = data.draw(st.integers(0, old - 1))
    match data.draw(st.sampled_from(["changed", "taken out", "slipped in"])):
        case "changed":
            entries[at] = b"other"
        case "taken out":
            del entries[at]
            entries.append(b"other")
        case _:
            entries.insert(at, b"other")
            entries.pop()
    after = Log(INTL, entries)
    path = consistency_path(old, new, after.stretch)
    with pytest.raises(CryptoError) as error:
        check_consistency(INTL, old, before.root(old), new, after.root(new), path)
    assert error.value.reason == "log-forked"
    for other in (path[:-1], [*path, path[-1]] if path else [b""]):
        with pytest.raises(CryptoError):
            check_consistency(INTL, old, after.root(old), new, after.root(new), other)
