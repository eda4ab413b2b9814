"""A visit that was agreed and not made is a case too, and goes when it turns out that it was made."""

from typing import Any

from sqlalchemy import select

from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.cases.tables import CASE_ACTS
from zhendao.gateway.cases.values import Case, State
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.protocol.bodies import Health
from zhendao.protocol.vocabulary import Direction, PartState

MINUTE, HOUR = 60_000, 3_600_000
MIDNIGHT = 1_790_035_200_000 - 8 * HOUR
"""Of 22 September 2026 in China."""
CARD = b"card-one".hex()
WELL = Health(1, 1 << 20, PartState.WELL, PartState.WELL, 0, software="test", counters=())


def report(line: Terminal, first_h: int, last_h: int) -> None:
    """Have a terminal say how it is, each quarter of an hour."""
    for quarter in range(first_h * 4, last_h * 4):
        line.add(WELL, wall_ms=MIDNIGHT + quarter * 15 * MINUTE, mono_ns=(quarter * 15 * MINUTE + HOUR) * 10**6)


def cases(site: Site) -> list[Case]:
    assert site.pipeline.clerk is not None
    with site.store.reading() as connection:
        return site.pipeline.clerk.casing.book.queue(connection, waiting=False, most=100)


def acts(site: Site) -> list[Any]:
    with site.store.reading() as connection:
        return list(connection.execute(select(CASE_ACTS.c.act).order_by(CASE_ACTS.c.id)).scalars())


def also(site: Site, name: str, text: str) -> None:
    folder = site.folder / name
    folder.mkdir()
    (folder / f"{name}.csv").write_text(text)
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)


def test_a_visit_that_was_missed_is_a_case_until_it_turns_out_that_it_was_made(
    site: Site, authority: Authority
) -> None:
    line, other = authority.terminal(), authority.terminal()
    register(site, line.device, hours="09:00-10:00")
    also(site, "tokens", f"uid,role,holder_id,valid_from\n{CARD},caregiver,C1,2026-01-01\n")
    also(
        site, "terminals", "device,placement,place_id,elder_id,valid_from\n"
        f"{other.device.hex()},home,P1,E1,2026-01-01\n",
    )  # fmt: skip
    report(line, 7, 28)
    night = MIDNIGHT + 28 * HOUR
    site.take(line.message(1, len(line.items)), now_ms=night)
    site.settle(night)
    (case,) = cases(site)
    assert (case.kinds, case.state, case.elder_id, case.caregiver_id) == ({"missed"}, State.OPEN, "E1", "C1")
    assert (case.when.begin_ms, case.due_ms) == (MIDNIGHT + 9 * HOUR, MIDNIGHT + 48 * HOUR)
    site.settle(night + HOUR)
    assert acts(site) == ["opened"]
    other.add(check(Direction.IN), wall_ms=MIDNIGHT + 9 * HOUR)
    other.add(check(Direction.OUT, 2), wall_ms=MIDNIGHT + 10 * HOUR + 5 * MINUTE, mono_ns=(65 * 60 + 2) * 10**9)
    site.take(other.message(1, 3), now_ms=night + 2 * HOUR)
    for hours in (2, 30):
        site.settle(night + hours * HOUR)
    assert [(one.kinds, one.state) for one in cases(site) if one.number == 1] == [(frozenset(), State.CLEARED)]
    assert acts(site)[:2] == ["opened", "cleared"]
