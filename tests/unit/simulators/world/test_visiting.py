"""People at a terminal's real session: what they do when it answers, refuses, or is silent."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.clock.stamp import Stamp
from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.taps.decisions import (
    Decision,
    ElderCard,
    MakeCheck,
    MakeTap,
    SessionSettings,
    Show,
    TellPrivacy,
    TellTimes,
)
from zhendao.device.taps.session import Session
from zhendao.device.taps.tokens import tell
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource, Role, TapReason
from zhendao.readers.token_record import token_message
from zhendao.readers.values import Presence
from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
from zhendao.simulators.world.people.people import Tag, Town, record_of
from zhendao.simulators.world.people.visiting import Visiting
from zhendao.simulators.world.people.visitor import NS, Heard
from zhendao.simulators.world.story.arguments import HOUR, MINUTE, SECOND
from zhendao.simulators.world.story.kinds import SLIPS, TOKENS
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.story import Act, Story, act
from zhendao.simulators.world.trace import Trace

KEYS = {"ours": INTL.new_signing_key(), "other": INTL.new_signing_key()}
READS_NS = 120 * NS
STAMP = Stamp(b"", 0, 1_800_000_000_000, ClockSource.NTP, 100)


class Terminals:
    """The session of each terminal of a story, on a reader that needs a moment to read; may refuse, or be silent."""

    def __init__(self, story: Story) -> None:
        self.clockwork, self.trace = Clockwork(), Trace()
        self.town = Town(story)
        self.story = story
        self.sessions = {
            home.terminal: Session(
                bytes([home.terminal]) * 16,
                SessionSettings(home.placement, home.mounting, home.door.token_id),
                0,
            )
            for home in self.town.homes
        }
        self.recorded: list[tuple[int, MakeCheck, int]] = []
        self.moments: Counter[str] = Counter()
        self.refuses_until_ns = self.silent_until_ns = 0
        self._present: dict[tuple[int, bytes], Timer] = {}
        self._messages: dict[tuple[str, str], bytes | None] = {}
        self._ticks: dict[int, Timer] = {}
        self.visiting = Visiting(self.clockwork, story, self.town, self, self.trace)

    def run(self) -> "Terminals":
        self.visiting.begin()
        self.clockwork.run(self.story.end_ms * NS)
        return self

    def put(self, terminal: int, tag: Tag, person: str) -> None:
        assert person in {"wall", "somebody"} or person.startswith("caregiver ")
        key = terminal, tag.uid
        assert key not in self._present, "held there twice"
        self._present[key] = self.clockwork.after(READS_NS, lambda: self._read(terminal, tag))

    def take(self, terminal: int, tag: Tag) -> None:
        timer = self._present.pop((terminal, tag.uid))
        now_ns = self.clockwork.now_ns
        if timer.do is not None:
            timer.cancel()
            self._do(terminal, self.sessions[terminal].unreadable(now_ns))
        else:
            self._do(terminal, self.sessions[terminal].gone(tag.uid, now_ns))

    def _read(self, terminal: int, tag: Tag) -> None:
        name = tag.name, tag.issuer
        if name not in self._messages:
            key = KEYS.get(tag.issuer, KEYS["ours"])
            self._messages[name] = _message(record_of(tag, key, self.story.start_ms // 1000))
        now_ns = self.clockwork.now_ns
        presence = Presence(tag.uid, tag.technology, self._messages[name], (), now_ns)
        issuers = {KEYS["ours"].key_id: INTL.verifying_key(KEYS["ours"].spki)}
        self._do(terminal, self.sessions[terminal].token(tell(presence, INTL, issuers, STAMP)))

    def _do(self, terminal: int, decisions: list[Decision]) -> None:
        session = self.sessions[terminal]
        now_ns = self.clockwork.now_ns
        for made in decisions:
            event = None
            if isinstance(made, ElderCard):
                made = MakeTap(made.card, TapReason.LONE, None, Moment.LONE)  # noqa: PLW2901 - nobody rates here
            moment = _told(made)
            if not isinstance(made, Show | TellTimes | TellPrivacy):
                if now_ns < self.refuses_until_ns:
                    moment = Moment.NOT_RECORDED
                else:
                    seq = len(self.recorded) + 1
                    session.committed(session.changes(made, seq))
                    event = b"\0" * 8, seq
                    if isinstance(made, MakeCheck):
                        self.recorded.append((terminal, made, now_ns))
            if moment is not None and now_ns >= self.silent_until_ns:
                self.moments[moment] += 1
                self._say(terminal, Heard(TABLE[moment].signal, moment, event))
        timer = self._ticks.pop(terminal, None)
        if timer is not None:
            timer.cancel()
        due_ns = session.due_ns()
        if due_ns is not None:
            self._ticks[terminal] = self.clockwork.at(
                due_ns, lambda: self._do(terminal, session.tick(self.clockwork.now_ns))
            )

    def _say(self, terminal: int, heard: Heard) -> None:
        self.clockwork.after(NS, lambda: self.visiting.heard(terminal, heard))


def _told(made: Decision) -> Moment | None:
    if isinstance(made, TellTimes):
        return Moment.TIMES_TODAY if made.done else Moment.NO_TIMES_TODAY
    return Moment.PRIVACY if isinstance(made, TellPrivacy) else made.moment


def _message(record: bytes | None) -> bytes | None:
    return None if record is None else token_message(record)


def _visit(slip: str = "none", **more: int | str) -> Act:
    return act(HOUR, "caregiver 1", "visit", slip=slip, **more)


def _one(visit: Act, **more: int | str) -> Terminals:
    story = Story(5, 2, 1, settings={**Story(5, 2, 1).settings, "uid_cards": 0, **more})
    return Terminals(story.with_acts([visit]))


@pytest.mark.parametrize(
    ("placement", "mounting"), [("home", "cradle"), ("home", "wall"), ("station", "cradle"), ("carried", "cradle")]
)
@pytest.mark.parametrize("order", ["door", "card"])
def test_a_visit_is_an_in_and_an_out(placement: str, mounting: str, order: str) -> None:
    world = _one(_visit(order=order), placement=placement, mounting=mounting).run()
    (stay,) = world.visiting.stays
    assert [(one.way, one.moment, one.tries) for one in stay.attempts] == [
        ("in", "checked-in", 1),
        ("out", "checked-out", 1),
    ]
    assert (stay.caregiver, stay.terminal, stay.came_ns) == (1, 0, HOUR * NS)
    assert 0 <= stay.left_ns - stay.came_ns - 90 * MINUTE * NS < MINUTE * NS
    assert [made.caregiver.uid for _, made, _ in world.recorded] == [world.town.caregivers[1].card.uid] * 2


SAYS = {
    "none": {"checked-in": 1, "checked-out": 1},
    "double-tap": {"checked-in": 1, "checked-out": 1, "already-recorded": 1},
    "lone-card": {"lone": 1, "checked-in": 1, "checked-out": 1},
    "lone-door": {"lone": 1, "checked-in": 1, "checked-out": 1},
    "walks-away": {"checked-in": 1, "checked-out": 1},
    "forgets-out": {"checked-in": 1},
    "foreign-door": {"checked-in": 1, "checked-out": 1},
    "too-short": {"unreadable": 1, "checked-in": 1, "checked-out": 1},
    "thinks-again": {
        "already-recorded": 1,
        "times-today": 1,
        "undo-asked": 1,
        "undo-lapsed": 1,
        "checked-in": 1,
        "checked-out": 1,
    },
    "takes-back": {
        "already-recorded": 1,
        "times-today": 1,
        "undo-asked": 1,
        "undone": 1,
        "checked-in": 2,
        "checked-out": 1,
    },
}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_is_what_it_is_called(slip: str) -> None:
    world = _one(_visit(slip)).run()
    wanted = SAYS[slip]
    assert {moment: world.moments[moment] for moment in wanted} == wanted
    (stay,) = world.visiting.stays
    assert stay.left_ns > stay.came_ns
    if slip == "walks-away":
        assert not any(one.moment for one in stay.attempts)
    doors = {made.door.token_id for _, made, _ in world.recorded if made.door is not None}
    assert doors == {world.town.homes[1 if slip == "foreign-door" else 0].door.token_id}
    if slip == "takes-back":
        assert stay.attempts[0].taken_back


def test_she_tries_again_until_it_is_recorded() -> None:
    world = _one(_visit(patience=50))
    world.refuses_until_ns = (HOUR + 20 * MINUTE) * NS
    (stay,) = world.run().visiting.stays
    came_in = stay.attempts[0]
    assert came_in.tries > 5
    assert came_in.good
    assert came_in.told_ns >= world.refuses_until_ns
    assert len(world.recorded) == 2


@pytest.mark.parametrize("silent", [True, False])
def test_she_gives_up_after_a_while_and_does_not_take_it_for_done(silent: bool) -> None:  # noqa: FBT001
    world = _one(_visit(patience=3))
    world.refuses_until_ns = world.story.end_ms * NS
    if silent:
        world.silent_until_ns = world.refuses_until_ns
    (stay,) = world.run().visiting.stays
    assert [(one.tries, one.good) for one in stay.attempts] == [(3, False), (3, False)]
    assert stay.attempts[0].moment == ("" if silent else "not-recorded")
    assert world.recorded == []


def test_who_comes_while_another_is_at_the_reader_waits_her_turn() -> None:
    story = Story(5, 1, 1)
    both = [act(HOUR + 500 * n, f"caregiver {n}", "visit", order="door") for n in range(3)]
    world = Terminals(story.with_acts(both)).run()
    uids = [made.caregiver.uid for _, made, _ in world.recorded]
    cards = [one.card.uid for one in world.town.caregivers]
    assert uids == cards + cards
    assert all(one.good for stay in world.visiting.stays for one in stay.attempts)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("form", ["signed", "uid"])
def test_every_token_can_be_held_there(token: str, form: str) -> None:
    story = Story(5, 2, 1).with_acts([act(HOUR, "terminal 0", "hold", token=token, number=1, form=form, for_ms=SECOND)])
    world = Terminals(story).run()
    assert sum(world.moments.values()) >= 1


def test_a_taken_tag_and_a_forged_one_are_what_they_are_called() -> None:
    town = Town(Story(5, 2, 1))
    assert town.tag("foreign-door", 1, 0) == town.homes[1].door
    assert town.tag("caregiver", 1, 0).role is Role.CAREGIVER
    assert town.tag("caregiver", 1, 0, "uid").token_id is None
    told = {}
    for what in ("forged", "foreign-issuer", "elder", "revoked"):
        world = Terminals(Story(5, 2, 1).with_acts([act(HOUR, "terminal 0", "hold", token=what, for_ms=SECOND)])).run()
        told[what] = set(world.moments) - {"off-wall"}
    assert told == {
        "forged": {"forged"},
        "foreign-issuer": {"foreign"},
        "elder": {"lone"},
        "revoked": {"card-seen", "lone"},
    }


def test_a_card_out_of_its_dates_is_recorded_with_a_remark() -> None:
    world = _one(_visit(), expired_cards=1000).run()
    assert world.moments["checked-in-expired"] == world.moments["checked-out-expired"] == 1
    assert all(one.good for stay in world.visiting.stays for one in stay.attempts)


def test_the_revoked_cards_of_a_story_are_known() -> None:
    story = Story(5, 2, 1).with_acts([act(HOUR, "terminal 0", "hold", token="revoked", number=2)])
    assert [one.name for one in Town(story).revoked()] == ["revoked card 2"]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_taking_one_visit_away_changes_nothing_at_the_other_terminals(seed: int, nth: int) -> None:
    story = plan(seed, 3, 1, "links")
    people = [one for one in story.acts if not one.of.is_fault]
    gone = people[nth % len(people)]
    where = gone.number("terminal") if gone.kind == "visit" else gone.index
    whole = Terminals(story.with_acts(people)).run()
    less = Terminals(story.with_acts(one for one in people if one is not gone)).run()

    def elsewhere(world: Terminals) -> list[object]:
        return [(t, m.caregiver.uid, at) for t, m, at in world.recorded if t != where]

    assert elsewhere(whole) == elsewhere(less)


def test_a_busy_world_goes_the_same_way_twice() -> None:
    one, other = (Terminals(plan(11, 4, 2, "everything")).run() for _ in range(2))
    assert one.trace.digest == other.trace.digest
    assert one.moments == other.moments
    assert len(one.recorded) > 30
    assert len(one.visiting.stays) == sum(1 for what in one.story.acts if what.kind == "visit")


def test_names_are_invented_from_the_seed_and_no_two_tags_are_one() -> None:
    town = Town(Story(5, 9, 1))
    uids = [one.card.uid for one in town.caregivers] + [home.door.uid for home in town.homes]
    assert len(set(uids)) == len(uids) == 18
    assert Town(Story(5, 9, 1)).caregivers == town.caregivers
    assert Town(Story(6, 9, 1)).caregivers != town.caregivers
