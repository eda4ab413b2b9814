"""Sentences of what people do: change the registry, hear both sides, correct, decide; and what is refused."""

from samples.storied.happening import BOOK
from samples.storied.words import StoryError, name_of
from samples.storied.world import World
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.values import Act, Case, Decision, Side

_says = BOOK.says


@_says("{at} 登记《{table}》更正如下：", "{at} The registry’s table of {table} is put right:")
def registry(world: World, at: int, table: str) -> None:
    world.at(at)
    world.register(table, world.table)
    world.at(at)


@_says(
    "{at} {staff}就疑点单 {n} 询问{who}，答：{said}。", "{at} {staff} asks {who} about case {n}; the answer: {said}."
)
def ask(world: World, at: int, staff: str, n: int, who: str, said: str) -> None:
    world.at(at)
    assert _case(world, n).caregiver_id == who
    world.act(world.clerk.hear(n, Side.CAREGIVER, said, name_of(staff, "zh"), reached=True))
    _logged(world, n, "heard", said)


def _case(world: World, number: int) -> Case:
    return next(one for one in world.cases() if one.number == number)


def _logged(world: World, number: int, act: str, said: str) -> None:
    with world.site.store.reading() as connection:
        last = world.clerk.casing.book.lines(connection, number)[-1]
    assert (last.act.value, said in last.said) == (act, True)


@_says(
    "{at} {staff}就疑点单 {n} 电话回访{elder}，老人说：{said}。",
    "{at} {staff} calls {elder} about case {n}; the elder says: {said}.",
)
def call_back(world: World, at: int, staff: str, n: int, elder: str, said: str) -> None:
    world.at(at)
    assert _case(world, n).elder_id == elder
    world.act(world.clerk.hear(n, Side.ELDER, said, name_of(staff, "zh"), reached=True))
    _logged(world, n, "heard", said)


@_says(
    "{at} {staff}就疑点单 {n} 电话回访{elder}，未能联系上：{said}。",
    "{at} {staff} calls {elder} about case {n} and reaches nobody: {said}.",
)
def not_reached(world: World, at: int, staff: str, n: int, elder: str, said: str) -> None:
    world.at(at)
    assert _case(world, n).elder_id == elder
    world.act(world.clerk.hear(n, Side.ELDER, said, name_of(staff, "zh"), reached=False))
    _logged(world, n, "unreached", said)


@_says(
    "{at} {staff}对疑点单 {n} 作出结论：{decision}，原因是{reason}[，说明：{why}]。",
    "{at} {staff} decides case {n}: {decision}, because {reason}[, adding: {why}].",
)
def decide(world: World, at: int, staff: str, n: int, decision: Decision, reason: str, why: str = "") -> None:
    world.at(at)
    world.act(world.clerk.decide(n, decision, reason, why, name_of(staff, "zh")))


@_says(
    "{at} {who}申请把在{elder}家 {since} 起那次上门的签退更正为 {until}，原因是{reason}，担保：{said}。",
    "{at} {who} asks that the visit at {elder}'s home from {since} end at {until}, because {reason}, attested: {said}.",
)
def propose_end(world: World, at: int, who: str, elder: str, since: int, until: int, reason: str, said: str) -> None:
    world.at(at)
    begin_ms, end_ms = world.day + since * 1000, world.day + until * 1000
    visit = next(
        one
        for one in world.stored().values()
        if (one["elder_id"], one["caregiver_id"]) == (elder, who) and one["in"]["at_ms"] == begin_ms
    )
    clerk, by = world.clerk, name_of(who, "zh")
    world.act(clerk.propose(bytes.fromhex(visit["visit_id"]), (None, end_ms), reason, said, "", by))


@_says("{at} {staff}核准更正 {n}，说明：{why}。", "{at} {staff} approves correction {n}, adding: {why}.")
def approve(world: World, at: int, staff: str, n: int, why: str) -> None:
    _answer(world, at, n, Act.APPROVED, why, name_of(staff, "zh"))


@_says("{at} {who}自己核准更正 {n}，说明：{why}。", "{at} {who} approves correction {n} herself, adding: {why}.")
def approve_oneself(world: World, at: int, who: str, n: int, why: str) -> None:
    _answer(world, at, n, Act.APPROVED, why, name_of(who, "zh"))


@_says("{at} {staff}撤回更正 {n}，说明：{why}。", "{at} {staff} withdraws correction {n}, adding: {why}.")
def withdraw(world: World, at: int, staff: str, n: int, why: str) -> None:
    _answer(world, at, n, Act.WITHDRAWN, why, name_of(staff, "zh"))


def _answer(world: World, at: int, number: int, act: Act, why: str, by: str) -> None:
    world.at(at)
    world.act(world.clerk.answer(number, act, why, by))


@_says(
    "{at} {staff}登记{elder}家{outage}：{since} 至 {until}。",
    "{at} {staff} enters that {outage} was down at {elder}'s home from {since} to {until}.",
)
def outage(world: World, at: int, staff: str, elder: str, outage: str, since: int, until: int) -> None:
    world.at(at)
    _enter(world, staff, Outage(outage, world.day + since * 1000, world.day + until * 1000, _device(world, elder)))


@_says(
    "{at} {staff}登记{elder}家{outage}：{since} 起，尚未恢复。",
    "{at} {staff} enters that {outage} is down at {elder}'s home since {since}.",
)
def outage_goes_on(world: World, at: int, staff: str, elder: str, outage: str, since: int) -> None:
    world.at(at)
    _enter(world, staff, Outage(outage, world.day + since * 1000, None, _device(world, elder)))


def _device(world: World, elder: str) -> bytes:
    return world.homes[elder].line.device


def _enter(world: World, staff: str, one: Outage) -> None:
    world.act(world.clerk.outage(one, name_of(staff, "zh")))


@_says("系统不予受理：{text}。", "The system refuses: {text}.")
def refused(world: World, text: str) -> None:
    if world.refused is None:
        raise StoryError(f"nothing was refused, not with: {text}")
    told = getattr(world.refused.what, world.language)
    assert told == text, told
