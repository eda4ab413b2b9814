"""Parts of several lists in any order, doubled, dropped: what comes out is one of the lists, whole, or nothing."""

from random import Random
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.blocklist.receiving import Receiving
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import change, numbers
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.suite import INTL

KEY = INTL.new_signing_key()
WHO: Any = SimpleNamespace(suite=INTL, gateway=INTL.verifying_key(KEY.spki), tenant="xuhui")
RANDOM = Random(3)


def listed(version: int, several: set[bytes]) -> blocklist.Blocklist:
    made = numbers(several)
    manifest = blocklist.manifest_of(INTL, "xuhui", version, 0, made)
    return blocklist.Blocklist(manifest, blocklist.sign_manifest(KEY, bytes(32), manifest), made)


COMMON = {RANDOM.randbytes(16) for _ in range(8000)}
LISTS = [listed(v, COMMON | {RANDOM.randbytes(16) for _ in range(v)}) for v in (5, 6, 7)]
PARTS = [part for one in LISTS for part in blocklist.pieces(one.signed, one.numbers.packed)]
PARTS += blocklist.pieces(LISTS[1].signed, change(LISTS[0].numbers, LISTS[1].numbers), 5)
PARTS += blocklist.pieces(LISTS[2].signed, change(LISTS[0].numbers, LISTS[2].numbers), 5)
PARTS += blocklist.pieces(LISTS[2].signed, change(LISTS[1].numbers, LISTS[2].numbers), 6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(range(len(PARTS))), max_size=40))
def test_any_parts_in_any_order_make_one_of_the_lists_or_none(order: list[int]) -> None:
    receiving, held = Receiving(WHO), None
    for at in order:
        before = 0 if held is None else held.manifest.version
        try:
            if receiving.take(PARTS[at], held):
                held = receiving.finish(held)
        except ProtocolError:
            continue
        assert held is None or held in LISTS
        assert (0 if held is None else held.manifest.version) >= before


@given(st.permutations(range(3)))
def test_the_whole_of_each_in_its_order_is_taken_unless_it_is_older(order: list[int]) -> None:
    receiving, held = Receiving(WHO), None
    for which in order:
        for part in blocklist.pieces(LISTS[which].signed, LISTS[which].numbers.packed):
            try:
                if receiving.take(part, held):
                    held = receiving.finish(held)
            except ProtocolError:
                assert held is not None
                assert held.manifest.version > LISTS[which].manifest.version
    assert held == LISTS[2]
