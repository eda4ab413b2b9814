"""Cards that are lent: one colleague makes the visits, another holds both cards there. Each leaves its own traces."""

from zhendao.simulators.city.rates import Fraud, Mistake, Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import Visit

AT_HOMES = Scale("homes", 3, 60, 600, 2)
DAYS = 4


def lent(run: Run) -> tuple[dict[str, list[Visit]], list[Visit]]:
    """Return the visits with a card that was lent, by its owner, and all visits."""
    visits = [visit for _, known in run.play() for visit in known if isinstance(visit, Visit)]
    found: dict[str, list[Visit]] = {}
    for visit in visits:
        if visit.fraud is Fraud.LENT_CARD and visit.booked is not None:
            found.setdefault(visit.booked.caregiver_id, []).append(visit)
    return found, visits


def test_who_stays_at_home_has_her_card_held_there_beside_a_colleagues() -> None:
    run = Run(2, AT_HOMES, DAYS, Rates(caregivers=60, habit=600))
    found, visits = lent(run)
    friends = {
        run.city.caregivers[one].caregiver_id: run.habits.friends[one].caregiver_id for one in run.habits.friends
    }
    numbers = {one.caregiver_id: one.number for one in run.city.caregivers}
    assert {numbers[one] % 2 for one in found} == {0, 1}
    for owner, several in found.items():
        if numbers[owner] % 2:
            assert all(one.happened and one.by is not None and one.by.caregiver_id == friends[owner] for one in several)
            assert not any("cards_together" in one.traces for one in several)
            continue
        assert not any(one.happened for one in several)
        assert {one.bond.caregiver.caregiver_id for one in several} == {friends[owner]}
        seen = [one for one in several if one.seen]
        assert seen
        assert all("cards_together" in one.traces for one in seen)
        days = {one.visit_id[:4] for one in several}
        own = [one for one in visits if one.bond.caregiver.caregiver_id == owner and one.visit_id[:4] in days]
        assert all(Mistake.MISSED in one.mistakes and not one.happened for one in own)
        read = [(one.bond.elder, at) for one in visits if one not in several for at in one.seen]
        for one in seen:  # right after the colleague's own
            assert all(any(who is one.bond.elder and 0 < at - own <= 60_000 for who, own in read) for at in one.seen)
