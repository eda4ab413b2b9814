"""Circles are looked for again when the work is done, also when it failed, and only where they were before."""

import gc
from collections.abc import Iterator

import pytest

from zhendao.command.uncollected import uncollected


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


@pytest.mark.parametrize("before", [True, False])
def test_it_is_as_before_afterwards(*, before: bool) -> None:
    (gc.enable if before else gc.disable)()
    with pytest.raises(ValueError, match="failed"), uncollected():
        fails()
    assert gc.isenabled() is before


def fails() -> None:
    assert not gc.isenabled()
    raise ValueError("failed")
