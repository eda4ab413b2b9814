"""A card that the office has ended, held to terminals of a whole world while everything goes wrong."""

from collections import Counter
from collections.abc import Mapping

import pytest

from zhendao.protocol.vocabulary import Kind
from zhendao.protocol.wording import Text
from zhendao.simulators.world.history import History
from zhendao.simulators.world.invariants.books import Books
from zhendao.simulators.world.invariants.invariant import Handler, Invariant
from zhendao.simulators.world.judge.oracle import INVARIANTS
from zhendao.simulators.world.people.people import Town
from zhendao.simulators.world.reports import Signalled, Tapped
from zhendao.simulators.world.story.arguments import HOUR, MINUTE, SECOND
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.profiles import PROFILES
from zhendao.simulators.world.story.story import Story, act
from zhendao.simulators.world.world import run

TERMINALS = 2
DAYS = 1


def story(seed: int, profile: str) -> Story:
    """Return a story in which somebody holds the ended card to each terminal every two hours, alone."""
    made = plan(seed, TERMINALS, DAYS, profile)
    held = [
        act(
            hour * HOUR + 7 * MINUTE + terminal * SECOND, f"terminal {terminal}", "hold", token="revoked", for_ms=SECOND
        )
        for hour in range(1, DAYS * 24, 2)
        for terminal in range(TERMINALS)
    ]
    return made.with_acts([*made.acts, *held])


def watched(one: Story) -> tuple[History, Counter[str]]:
    """Let it happen; also count what was said to whoever held the ended card, and to all others."""
    ended = {tag.uid for tag in Town(one).revoked()}
    said: Counter[str] = Counter()

    class OnlyTheEnded(Invariant):
        """Nobody is told that her card is blocked but who holds the ended one."""

        name = "only-the-ended"
        says = Text("只有已停用的卡被拒", "only the ended card is refused as blocked")

        def __init__(self, broken: object) -> None:
            super().__init__(broken)  # type: ignore[arg-type]
            self._last: dict[str, bytes] = {}

        def handlers(self) -> Mapping[type, Handler]:
            return {Tapped: self._tapped, Signalled: self._signalled}

        def _tapped(self, one: Tapped) -> None:
            self._last[one.box] = one.uid

        def _signalled(self, one: Signalled) -> None:
            if one.moment == "blocklisted":
                said[one.box] += 1
                if self._last.get(one.box) not in ended:
                    self.broke(one.at_ns, one.box, "误拒", "another card was refused as blocked")

        def end(self, books: Books) -> None:
            said["checks"] += sum(fact.kind == Kind.CHECK and fact.uid in ended for fact in books.facts)

    return run(one, invariants=(*INVARIANTS, OnlyTheEnded)), said


def test_on_a_calm_day_it_is_refused_everywhere_from_the_first_hour_on() -> None:
    history, said = watched(story(5, "calm"))
    assert history.breaches == ()
    assert said["terminal 0"] == said["terminal 1"] == DAYS * 24 / 2
    assert said["checks"] == 0


@pytest.mark.parametrize("profile", sorted(set(PROFILES) - {"calm"}))
def test_whatever_goes_wrong_no_other_card_is_refused_and_this_one_is(profile: str) -> None:
    history, said = watched(story(7, profile))
    assert history.breaches == ()
    assert said["terminal 0"] + said["terminal 1"] > DAYS * 24 / 4, said
