"""What elders said stands with their visit: the last press of its day, consent by their own card, in any order."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.registered import register
from samples.site import Authority, Site
from samples.taps import HOUR_NS, check, day, token
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Rating, Undo
from zhendao.protocol.vocabulary import ClockSource, Direction, Role

ELDER = b"elder-1"
DAY_NS = 30 * HOUR_NS


def concluded(site: Site) -> list[dict[str, Any]]:
    with site.store.reading() as connection:
        rows = connection.execute(select(visits).where(visits.c.state != "withdrawn").order_by(visits.c.seq))
        return [dict(row.record) for row in rows]


def flags(visit: dict[str, Any]) -> set[str]:
    return {one["flag"] for one in visit["flags"]}


def rating(button: int, about: int, *, card: bytes | None = None) -> Rating:
    read = None if card is None else token(Role.ELDER, card)
    return Rating((100, 100, 60, 0)[button], button, refers_to=about, elder=read, consent=card is not None)


def test_the_last_press_before_the_end_of_the_day_counts(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)  # visits 2-3 and 4-5, of one day
    for button, about, mono_ns in ((3, 2, 8 * HOUR_NS), (2, 4, 8 * HOUR_NS), (1, 4, 9 * HOUR_NS), (3, 4, DAY_NS)):
        line.add(rating(button, about), mono_ns=mono_ns)
    site.take(line.message(1, 9))
    first, second = concluded(site)
    assert (first["opinion"]["score"], first["opinion"]["seq"]) == (0, 6)
    assert "low_rating" in flags(first)
    nine_ms = SOME_DAY_MS + 9 * 3_600_000
    said = {"score": 100, "seq": 8, "at_ms": nine_ms, "presses": 2, "consent": False, "consent_seq": None}
    assert second["opinion"] == said
    assert "low_rating" not in flags(second), "the one after the day is over counts for nothing"


def test_a_visit_of_which_nobody_said_anything_says_nothing_of_it(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)
    site.take(line.message(1, 5))
    assert all("opinion" not in one for one in concluded(site))


def test_the_elders_own_card_consents_and_anothers_is_flagged(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device, elder_card=ELDER.hex())
    day(line)
    line.add(rating(0, 2, card=ELDER), mono_ns=8 * HOUR_NS)
    line.add(rating(2, 4, card=b"another"), mono_ns=8 * HOUR_NS)
    site.take(line.message(1, 7))
    first, second = concluded(site)
    assert (first["opinion"]["score"], first["opinion"]["consent"]) == (None, True), "a consent is no opinion"
    assert not flags(first) & {"low_rating", "consent_foreign"}
    assert (second["opinion"]["score"], second["opinion"]["consent"]) == (60, False)
    assert "consent_foreign" in flags(second)


def test_a_rating_of_a_check_in_that_was_taken_back_is_of_no_visit(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN), mono_ns=HOUR_NS)
    line.add(rating(3, 2), mono_ns=HOUR_NS + 5 * 10**9)
    line.add(Undo(2, token(Role.CAREGIVER, b"card-one"), 1), mono_ns=HOUR_NS + 20 * 10**9)
    site.take(line.message(1, 4))
    assert concluded(site) == []


def test_a_rating_that_refers_to_what_cannot_be_is_kept_and_is_of_no_visit(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)
    for about in (2**63, 2**64 - 1, 6, 1, 0):
        line.add(Rating(0, 3, refers_to=about), mono_ns=8 * HOUR_NS)
    outcome = site.take(line.message(1, 10))
    assert site.acks(line, outcome)[0].held_seq == 10
    assert all("opinion" not in one for one in concluded(site))


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_they_come_the_same_stands(site: Site, authority: Authority, seed: int) -> None:
    line = authority.terminal()
    day(line)
    for button, about, mono_ns in ((3, 2, 3 * HOUR_NS), (2, 4, 8 * HOUR_NS), (1, 4, 9 * HOUR_NS)):
        line.add(rating(button, about), mono_ns=mono_ns)
    line.add(rating(3, 4), mono_ns=10 * HOUR_NS, wall_ms=5, source=ClockSource.UNSET)
    order = list(range(2, 10))
    Random(seed).shuffle(order)
    for seq in (1, *order):
        site.take(line.message(seq, seq))
    first, second = concluded(site)
    assert (first["opinion"]["score"], second["opinion"]["score"], second["opinion"]["at_ms"]) == (0, 0, None)
