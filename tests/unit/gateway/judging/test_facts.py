"""Lines of facts: what is read back is what was written, and what is none is named by its number."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import Witness, line_of
from zhendao.gateway.judging.facts import FactsError, read_facts

EVIDENCE = {"card": {"proved": "dynamic", "findings": ["token_replayed"], "counter": 7}}


def told() -> Witness:
    home = Witness()
    home.come(0, evidence=EVIDENCE)
    home.leave(60, 1)
    return home


LINE = orjson.loads(line_of(told().facts[0]))


def test_a_fact_that_is_written_and_read_is_the_same() -> None:
    facts = told().facts
    again = list(read_facts([b"\n", *map(line_of, facts)]))
    assert [(one.event, one.h, one.received_ms, one.evidence) for one in again] == [
        (one.event, one.h, one.received_ms, one.evidence) for one in facts
    ]


def test_without_the_chain_the_event_names_itself() -> None:
    plain = {name: value for name, value in LINE.items() if name != "h"}
    assert next(read_facts([orjson.dumps(plain)])).h == told().facts[0].h


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": {}},
        {"event": None},
        {"received_ms": "now"},
        {"received_ms": True},
        {"h": "ab"},
        {"h": "x" * 64},
        {"more": 1},
        {"proofs": {"elder": {}}},
        {"proofs": {"door": {"proved": "surely", "findings": []}}},
        {"proofs": {"door": {"proved": "uid", "findings": ["guilty"]}}},
        {"proofs": {"door": {"proved": "uid"}}},
        {"proofs": {"door": []}},
        {"proofs": {"door": {"proved": [], "findings": []}}},
        {"proofs": {"door": {"proved": "uid", "findings": [[]]}}},
        {"proofs": []},
        {"proofs": {"door": {"proved": "uid", "findings": [], "more": [[]]}}},
        {"received_ms": 2**60},
        {"event": LINE["event"] | {"wall_ms": 2**60}},
    ],
)
def test_a_line_that_says_something_else_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(FactsError, match="2"):
        list(read_facts([orjson.dumps(LINE), orjson.dumps(LINE | wrong)]))


@given(st.binary(max_size=200) | st.from_regex(rb'\{"received_ms": ?\d+, ?"event": ?.{0,40}\}', fullmatch=True))
def test_any_line_is_a_fact_or_a_named_error(line: bytes) -> None:
    try:
        found = list(read_facts([line]))
    except FactsError:
        return
    assert len(found) <= 1
