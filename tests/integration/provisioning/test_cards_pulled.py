"""Cards pulled away from both kinds of reader while they are written: each is finished, or made blank again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.cardpulls import OUTCOMES, Hands, Tally, hands

KINDS = ["ntag215", "ntag424", "ntag424tt", "cpucard"]


@pytest.fixture(params=["pn532", "pcsc"])
def at(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with hands(request.param, tmp_path, monkeypatch) as ready:
        yield ready


def test_a_card_of_each_kind_pulled_away_in_the_middle_is_finished(at: Hands) -> None:
    tally = Tally()
    for kind, frame in (("ntag215", 20), ("ntag424", 55), ("ntag424tt", 30), ("cpucard", 30)):
        assert at.pulled(kind, frame, "new", tally)
    assert (tally.interrupted, tally.finished, tally.lost) == (4, 4, [])


def test_a_card_pulled_away_in_the_middle_is_made_blank_again(at: Hands) -> None:
    tally = Tally()
    for kind, frame in (("ntag424", 90), ("cpucard", 38)):
        assert at.pulled(kind, frame, "torn", tally, back=True)
    assert (tally.interrupted, tally.blank, tally.lost) == (2, 2, [])


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_card_pulled_away_anywhere_is_finished(at: Hands, kind: str) -> None:
    tally, frame = Tally(), 0
    while at.pulled(kind, frame, OUTCOMES[frame // 10 % 3], tally):
        frame += 10
    assert tally.interrupted >= 5
    assert (tally.finished, tally.lost) == (tally.interrupted, [])
