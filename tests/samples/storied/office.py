"""Sentences of what the office sees: all of it, or the story is refused; `judge` and the store agree on it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from samples.storied.happening import BOOK
from samples.storied.words import LANGUAGES, StoryError
from samples.storied.world import World
from zhendao.gateway.cases.values import Case, Decision, State

_says = BOOK.says


@dataclass
class View:
    """What there is to be seen at a moment; what was told is taken away, and nothing may be left."""

    world: World
    language: str
    told: dict[str, Any]
    visits: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    waiting: list[Case]
    last: dict[str, Any] | None = None
    said: Counter[str] = field(default_factory=Counter)

    def end(self) -> None:
        """See to it that everything was told."""
        left = [*self.visits, *(one[self.language] for one in self.findings), *self.waiting]
        if left:
            raise StoryError(f"the office sees more: {left}")

    def when(self, ms: int | None) -> int | None:
        """Return seconds after the story day's midnight, whole minutes."""
        return None if ms is None else (ms - self.world.day) // 60_000 * 60

    def take(self, who: str, elder: str, **expected: Any) -> None:
        """Take away the one visit that is as ``expected``."""
        fits = [
            one
            for one in self.visits
            if (one["caregiver_id"], one["elder_id"]) == (who, elder)
            and all(self.figure(one, name) == value for name, value in expected.items())
        ]
        if len(fits) != 1:
            seen = [{name: self.figure(one, name) for name in expected} for one in self.visits]
            raise StoryError(f"{len(fits)} visits of {who} with {elder} as {expected} among {seen}")
        self.visits.remove(fits[0])
        self.last = fits[0]

    def figure(self, visit: dict[str, Any], name: str) -> Any:
        """Return what a sentence says of a visit."""
        side = visit.get({"since": "in", "until": "out"}.get(name, ""))
        if name in {"since", "until"}:
            trusted = side is not None and side["method"] in {"terminal", "anchor"} and side["bound_ms"] < 60_000
            corrected = _corrected(visit, name)
            return self.when(corrected if corrected is not None else side["at_ms"] if trusted and side else None)
        if name == "minutes":
            return None if visit["duration_s"] is None else visit["duration_s"] // 60
        flags = {one["flag"] for one in visit["flags"]}
        if name == "flags":
            kinds = {one["kind"] for one in self.told["findings"] if one["visit_id"] == visit["visit_id"]}
            return frozenset(flags - kinds)
        return visit["state"] if name == "state" else name in flags


def _corrected(visit: dict[str, Any], side: str) -> int | None:
    told = visit.get("correction")
    return told[{"since": "begin_ms", "until": "end_ms"}[side]] if told is not None and told["counts"] else None


@_says(
    "{at} 办公室看到 {n} 次上门、{m} 处疑点、{k} 张待办疑点单。",
    "{at} The office sees {n} visit[s], {m} doubt[s] and {k} case[s] to be answered.",
)
def look(world: World, at: int, n: int, m: int, k: int) -> None:
    world.at(at)
    told = world.judged()
    assert {one["visit_id"]: {key: one[key] for key in one if key != "supersedes"} for one in told["visits"]} == (
        world.stored()
    ), "the gateway's store says the same as judge"
    waiting = [one for one in world.cases() if one.waits]
    assert (len(told["visits"]), len(told["findings"]), len(waiting)) == (n, m, k), (
        [one[world.language] for one in told["findings"]], [one.kinds for one in waiting], told["visits"],
    )  # fmt: skip
    doubts = [one for one in told["findings"] if "review" not in one]
    for case in world.cases():
        found = {one["kind"] for one in doubts if one["visit_id"] == case.visit_id.hex()}
        assert case.kinds == found, "a case is about what is found of its visit"
    for language in LANGUAGES:
        world.views[language] = View(world, language, told, [*told["visits"]], [*told["findings"]], [*waiting])


@_says(
    "{who}在{elder}家，{since} 至{until}，{n} 分[，备注：{flags}]。",
    "{who} at {elder}'s home, {since} to {until}, {n} min[, noted: {flags}].",
)
def closed(
    world: World, who: str, elder: str, since: int, until: int, n: int, flags: frozenset[str] = frozenset()
) -> None:
    world.view.take(who, elder, since=since, until=until, minutes=n, flags=flags, state="closed")


@_says(
    "{who}在{elder}家，{since} 起，尚未签退[，备注：{flags}]。",
    "{who} at {elder}'s home, since {since}, not yet checked out[, noted: {flags}].",
)
def under_way(world: World, who: str, elder: str, since: int, flags: frozenset[str] = frozenset()) -> None:
    world.view.take(who, elder, since=since, state="open", no_out=False, flags=flags)


@_says(
    "{who}在{elder}家，{since} 起，没有签退[，备注：{flags}]。",
    "{who} at {elder}'s home, since {since}, without a check-out[, noted: {flags}].",
)
def no_out(world: World, who: str, elder: str, since: int, flags: frozenset[str] = frozenset()) -> None:
    world.view.take(who, elder, since=since, until=None, no_out=True, flags=flags)


@_says(
    "{who}在{elder}家，时间待核，{n} 分[，备注：{flags}]。",
    "{who} at {elder}'s home, the time to be verified, {n} min[, noted: {flags}].",
)
def undated(world: World, who: str, elder: str, n: int, flags: frozenset[str] = frozenset()) -> None:
    world.view.take(who, elder, since=None, until=None, minutes=n, flags=flags)


@_says(
    "{who}在{elder}家，{since} 打卡，当日住家服务有证明。",
    "{who} at {elder}'s home, living in, the day attested at {since}.",
)
def attested(world: World, who: str, elder: str, since: int) -> None:
    world.view.take(who, elder, since=since, state="closed", flags=frozenset())
    assert world.view.last["profile"] == "live-in"


@_says("原始记录保留：{since} 签到，没有签退。", "What was witnessed stays: a check-in at {since}, and no check-out.")
def witnessed(world: World, since: int) -> None:
    view, visit = world.view, world.view.last
    assert "no_out" in visit["correction"]["witnessed"]["flags"]
    assert (view.when(visit["in"]["at_ms"]), visit["out"]) == (since, None)


@_says("老人评价：{score}。", "The elder's word: {score}.")
def opinion(world: World, score: int) -> None:
    assert world.view.last["opinion"]["score"] == score


@_says("疑点：{text}。", "Doubt: {text}.")
def doubt(world: World, text: str) -> None:
    view = world.view
    fits = [one for one in view.findings if one[world.language] == text]
    if not fits:
        raise StoryError(f"no such doubt among {[one[world.language] for one in view.findings]}")
    view.findings.remove(fits[0])
    view.last = fits[0]


@_says("可以消除的办法：{text}。", "What would clear it: {text}.")
def clears(world: World, text: str) -> None:
    assert world.view.last["clears"][world.language] == text, world.view.last["clears"][world.language]


@_says(
    "疑点单 {n}：{level}，{kinds}，{state}，期限 {due}[，已知原因：{reason}]。",
    "Case {n}: {level}, {kinds}, {state}, due {due}[, known reason: {reason}].",
)
def case(
    world: World, n: int, level: str, kinds: frozenset[str], state: State, due: int, reason: str | None = None
) -> None:
    (found,) = [one for one in world.view.waiting if one.number == n]
    said = (found.care_level, found.kinds, found.state, found.due_ms, found.explained)
    assert said == (level, kinds, state, due, reason), found
    assert world.view.waiting[0] is found, "cases are told in the order of the queue"
    world.view.waiting.remove(found)


@_says("疑点单 {n}：{state}。", "Case {n}: {state}.")
def case_closed(world: World, n: int, state: State) -> None:
    (found,) = [one for one in world.cases() if one.number == n]
    assert found.state is state


@_says("疑点单 {n} 的结论：{decision}，原因是{reason}。", "Case {n} was decided: {decision}, because {reason}.")
def outcome(world: World, n: int, decision: Decision, reason: str) -> None:
    (found,) = [one for one in world.cases() if one.number == n]
    assert (found.state, found.decision, found.reason) == (State.DECIDED, decision, reason)


@_says("{who}当日打卡 {n} 次，为有效打卡日。", "{who} has {n} check-ins on this day, and the day is valid.")
def valid_day(world: World, who: str, n: int) -> None:
    assert _day(world, who) == (n, True)


@_says("{who}当日打卡 {n} 次，不是有效打卡日。", "{who} has {n} check-ins on this day, and the day is not valid.")
def no_valid_day(world: World, who: str, n: int) -> None:
    assert _day(world, who) == (n, False)


def _day(world: World, who: str) -> tuple[int, bool]:
    today = {
        one["caregiver_id"]: one for one in world.view.told["days"] if 0 <= one["first_ms"] - world.day < 86_400_000
    }
    return today[who]["checks"], today[who]["valid"]


@_says("{who}与{other}在{elder}家是双人服务。", "{who} and {other} worked together at {elder}'s home.")
def double_handed(world: World, who: str, other: str, elder: str) -> None:
    told = world.view.told
    of = {one["visit_id"]: (one["caregiver_id"], one["elder_id"]) for one in told["visits"]}
    pairs = [{of[one] for one in both["visits"]} for both in told["together"] if both["kind"] == "double_handed"]
    assert {(who, elder), (other, elder)} in pairs
