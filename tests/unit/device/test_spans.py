from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.journal.spans import Spans

_RANGE = st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(st.tuples(st.booleans(), _RANGE), max_size=30), st.integers(1, 80))
def test_spans_are_a_set_of_numbers_as_few_ranges(steps: list[tuple[bool, tuple[int, int]]], at: int) -> None:
    spans, model = Spans(), set[int]()
    for adding, (first, last) in steps:
        numbers = set(range(first, last + 1))
        if adding:
            spans.add(first, last)
            model |= numbers
        else:
            spans.remove(first, last)
            model -= numbers
    assert {seq for first, last in spans for seq in range(first, last + 1)} == model
    assert len(spans) == len(model)
    ranges = list(spans)
    assert all(b[0] > a[1] + 1 for a, b in pairwise(ranges))
    assert (at in spans) == (at in model)
    assert spans.next_missing(at) == next(n for n in range(at, 200) if n not in model)
    assert spans.next_present(at) == min((n for n in model if n >= at), default=None)
