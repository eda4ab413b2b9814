"""Who is reminded: never one who has checked in, by the plan of her organisation, and what is said of each other."""

from hypothesis import given
from hypothesis import strategies as st

from samples.reminded import HOME, OFFSET_MS, STATION, at, carer, plan, registry
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.standing import Binding
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reminders.deciding import Known, Verdict, at_station, plan_of, verdict
from zhendao.gateway.reminders.duties import Duties
from zhendao.gateway.reminders.limits import Told
from zhendao.gateway.reminders.settings import RemindTable


def decide(
    held: Registry,
    *,
    present: bool = False,
    told: tuple[Told, ...] = (),
    dark: frozenset[bytes] = frozenset(),
    now: str = "09:30",
    by: RemindTable | None = None,
) -> Verdict:
    (who, *_) = held.caregivers_at(at(now))
    known = Known(lambda _: present, lambda _: told, lambda several: {one.device for one in several} & dark)
    return verdict(plan() if by is None else by, who, Duties(held), known, None, at(now), OFFSET_MS)


def test_whoever_has_not_checked_in_is_reminded_and_whoever_has_is_not() -> None:
    assert decide(registry(carer())).why == ""
    assert decide(registry(carer()), present=True).why == "present"
    assert decide(registry(carer(organisation=None))).why == "uncounted"
    assert decide(registry(carer()), now="21:30").why == "quiet"


def test_of_an_offline_terminal_she_hears_and_only_once() -> None:
    told = (Told(1, at("09:30")),)
    dark = frozenset({STATION})
    first = decide(registry(carer()), dark=dark)
    assert (first.why, [one.device for one in first.offline], at_station(first.offline)) == ("", [STATION], True)
    assert decide(registry(carer()), dark=dark, told=told, now="17:00").why == "offline"
    assert decide(registry(carer()), told=told, now="17:00").why == ""
    assert decide(registry(carer()), dark=dark, by=plan(offline="hold")).why == "offline"
    home = decide(registry(carer(organisation="O2"), bindings=(Valid(Binding("C1", "E1"), 0),)), dark=frozenset({HOME}))
    assert ([one.device for one in home.offline], at_station(home.offline)) == ([HOME], False)


def test_hers_is_the_first_plan_that_names_her_organisation_or_a_region_around_it() -> None:
    held = registry(carer(), carer("C2", "O2"))
    plans = [plan(name="o2", organisations=("O2",)), plan(name="r1", regions=("R1",)), plan(name="all")]
    found = {one.caregiver_id: plan_of(plans, one, held, at("09:30")) for one in held.caregivers_at(at("09:30"))}
    assert {who: one.name for who, one in found.items() if one is not None} == {"C1": "r1", "C2": "o2"}
    assert plan_of(plans[:2], carer("C3", "O9"), held, at("09:30")) is None
    assert plan_of(plans[1:], carer("C3", "O9"), held, at("09:30")) == plans[2]


@given(
    st.booleans(),
    st.lists(st.builds(Told, st.integers(1, 3), st.integers(at("00:00"), at("23:59"))), max_size=4).map(tuple),
    st.sets(st.sampled_from([STATION, HOME])).map(frozenset),
    st.sampled_from(["00:10", "06:59", "07:00", "12:00", "20:59", "21:00"]),
)
def test_nobody_who_has_checked_in_is_ever_reminded(
    present: bool,  # noqa: FBT001
    told: tuple[Told, ...],
    dark: frozenset[bytes],
    now: str,
) -> None:
    found = decide(registry(carer()), present=present, told=told, dark=dark, now=now)
    assert not (present and found.why == "")
    assert not (now in {"00:10", "06:59", "21:00"} and found.why == "")
