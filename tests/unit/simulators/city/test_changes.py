"""What changes in the registry within the days is played as it is registered: cards, door tags, agreements."""

from zoneinfo import ZoneInfo

import pytest

from zhendao.command.roster import between, check
from zhendao.command.roster.files import read
from zhendao.gateway.registry.loading import read_registry
from zhendao.gateway.registry.snapshot import Registry
from zhendao.protocol.bodies import Check, Tap
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import Role, TapReason
from zhendao.simulators.city.rates import HONEST, Mistake
from zhendao.simulators.city.registry import write_registry
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import DAY_MS, Visit

ZONE = ZoneInfo("Asia/Shanghai")
QUARTER = Scale("quarter", 4, 90, 1_400, 2)
Played = tuple[Run, dict[tuple[bytes, int], Event], list[Visit]]


@pytest.fixture(scope="module")
def quarter() -> Played:
    run = Run(51, QUARTER, 6, HONEST)
    events, visits = {}, []
    for facts, known in run.play():
        events.update({(fact.event.device, fact.event.seq): fact.event for fact in facts})
        visits += known
    return run, events, visits


@pytest.fixture(scope="module")
def registry(quarter: Played, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("registry")
    run = quarter[0]
    write_registry(run.city, run.office, run.changes, folder, START_MS)
    sheets, problems = read(folder)
    rows = []
    for sheet in sheets:
        good, wrong = check.check_rows(sheet, ZONE, "xuhui")
        rows += good
        problems += wrong
    assert not problems + between.check_together(rows, rows)
    return read_registry(folder, ZONE, "xuhui")


def checks(visit: Visit, events: dict[tuple[bytes, int], Event]) -> list[tuple[Event, Check]]:
    found = [events[terminal.device, seq] for terminal, seq in visit.facts]
    return [(one, one.body) for one in found if isinstance(one.body, Check)]


def test_each_token_was_that_persons_when_it_was_used(quarter: Played, registry: Registry) -> None:
    _, events, visits = quarter
    used = 0
    for visit in visits:
        if visit.booked is None or visit.mistakes & {Mistake.WRONG_CLOCK, Mistake.WRONG_DOOR}:
            continue
        for event, body in checks(visit, events):
            card = registry.token(body.caregiver.token_id, body.caregiver.uid, event.wall_ms)
            assert card is not None
            assert (card.role, card.holder_id) == (Role.CAREGIVER, visit.booked.caregiver_id)
            assert body.door is not None
            door = registry.token(body.door.token_id, body.door.uid, event.wall_ms)
            assert door is not None
            assert (door.role, door.holder_id) == (Role.DOOR, visit.bond.elder.place.place_id)
            terminal = registry.terminal(event.device, event.wall_ms)
            assert terminal is not None
            assert terminal.door_token_id in {None, body.door.token_id}
            used += 1
    assert used > 500


def test_cards_are_renewed_and_the_lost_ones_are_on_the_list(quarter: Played, registry: Registry) -> None:
    run, events, visits = quarter
    assert run.changes.cards
    seen = {body.caregiver.uid for visit in visits for _, body in checks(visit, events)}
    for made in run.changes.cards.values():
        assert registry.token(made.old.token_id, made.old.uid, made.from_ms) is None
    assert {one.new.uid for one in run.changes.cards.values()} & seen


def test_where_the_tag_is_gone_a_card_alone_is_held_there(quarter: Played) -> None:
    run, events, visits = quarter
    bare = [one for one in visits if Mistake.NO_DOOR_TAG in one.mistakes and Mistake.WRONG_DOOR not in one.mistakes]
    assert bare
    for visit in bare:
        made = run.changes.doors[visit.bond.elder.elder_id]
        lone = [
            event for event in (events[terminal.device, seq] for terminal, seq in visit.facts)
            if isinstance(event.body, Tap) and event.body.reason is TapReason.LONE
        ]  # fmt: skip
        assert any(made.gone_ms <= one.wall_ms < made.from_ms for one in lone if visit.mistakes.isdisjoint(
            {Mistake.WRONG_CLOCK}))  # fmt: skip


def test_who_is_handed_over_is_visited_by_the_colleague_from_that_day_on(quarter: Played, registry: Registry) -> None:
    run, _, visits = quarter
    assert len(run.changes.handed) > 5
    for old, new in run.changes.handed:
        assert old.until == new.since
        assert new.since is not None
        change_ms = START_MS + new.since * DAY_MS
        before, after = (registry.schedules_of(old.elder.elder_id, one.caregiver.caregiver_id, change_ms - 1)
                         for one in (old, new))  # fmt: skip
        assert before
        assert not after
        assert not registry.schedules_of(old.elder.elder_id, old.caregiver.caregiver_id, change_ms)
        assert registry.schedules_of(new.elder.elder_id, new.caregiver.caregiver_id, change_ms)
        for visit in visits:
            if visit.bond is old:
                assert visit.begin_ms < change_ms
            elif visit.bond is new:
                assert visit.begin_ms >= change_ms
    assert any(visit.bond is new for visit in visits for _, new in run.changes.handed)


def test_a_terminal_is_exchanged_while_somebody_is_there(quarter: Played, registry: Registry) -> None:
    run, events, visits = quarter
    assert run.changes.exchanged
    for one in run.changes.exchanged:
        first = next(event for (device, seq), event in events.items() if device == one.new.device and seq == 1)
        assert first.wall_ms >= one.at_ms
        assert not any(device == one.old.device and event.wall_ms >= one.at_ms for (device, _), event in events.items())
        stood, hangs = (registry.terminal(terminal.device, at_ms) for terminal, at_ms in
                        ((one.old, one.at_ms - 1), (one.new, one.at_ms)))  # fmt: skip
        assert stood is not None
        assert hangs is not None
        assert (stood.elder_id, hangs.elder_id) == (one.elder.elder_id, one.elder.elder_id)
        assert registry.terminal(one.old.device, one.at_ms) is None
    changed = [one for one in visits if Mistake.TERMINAL_CHANGED in one.mistakes]
    assert changed
    for visit in changed:
        assert len({terminal.device for terminal, _ in visit.facts}) == 2


def test_a_licence_may_end_within_the_days() -> None:
    ends = [row["licensed_to"] for seed in range(30) for row in Run(seed, Scale("s", 8, 8, 16, 2), 1, HONEST)
            .office.organisations]  # fmt: skip
    assert any(START_MS < one <= START_MS + 2 * DAY_MS for one in ends)
