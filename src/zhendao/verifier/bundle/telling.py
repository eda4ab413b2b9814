"""What proved evidence comes to in plain words, and what no file can prove. Pure.

Promise: a sentence here says no more than the steps before it proved; times are told as clocks in China show them; a
name or a word out of the file cannot write over what stands around it (`shown`).
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.bodies import Check, Rating
from zhendao.protocol.wording import Text
from zhendao.verifier.bundle import where
from zhendao.verifier.bundle.times import How

if TYPE_CHECKING:
    from zhendao.verifier.bundle.examining import Examined

_CHINA = timezone(timedelta(hours=8), "UTC+8")
UNPROVED: Final = (
    Text(
        "未证明：持卡者就是本人（卡可转借）；谁住在那里、谁持有该卡（登记摘录是网关的陈述，只证明它当时这样说）",
        "not proved: that the holder of a card is its owner (a card can be lent); who lives there and whose card it is "
        "(the extract of the registry is the gateway's word, proved only to have been said)",
    ),
    Text(
        "未证明：结论与疑点本身正确（它们由规则得出，规则版本已写明）；日志时刻属实，除非日志头另有他人留存（--heads）",
        "not proved: that conclusions and findings are right (they follow from rules, whose version is named); when "
        "the log was signed, unless somebody else kept its head (--heads)",
    ),
    Text(
        "未证明：文件制作之后、或网关没有放入文件的结论、更正与吊销（另有吊销列表时用 --revoked）",
        "not proved: that nothing was concluded, corrected or revoked since the file was made, or left out of it by "
        "the gateway (--revoked takes lists from elsewhere)",
    ),
)
_PRESSES: Final = 8
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
_SIDES: Final = (("in", "签到", "check-in"), ("out", "签退", "check-out"))


def shown(text: str) -> str:
    """Return ``text`` on one line, without what would move the cursor, begin a line, or turn the way of writing."""
    return "".join("�" if unicodedata.category(one) in _UNSHOWN else one for one in text)


def when(ms: int | None) -> str:
    """Return a moment (UTC ms) as clocks in China show it; an en dash where there is none."""
    if ms is None:
        return "–"
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"


def bound(ms: int | None) -> str:
    """Return how far a time may be off."""
    if ms is None:
        return "±?"
    return f"±{ms} ms" if ms < 10_000 else f"±{ms / 1000:.0f} s"  # noqa: PLR2004 - ten seconds


def side_told(found: Examined, name: str) -> tuple[str, str, str, str]:
    """Return of one half: when, how exactly, by which card, at which door tag (hex of what was read; – for none)."""
    fact, said = found.sides[name], found.record[name]
    off = bound(said.get("bound_ms")) + (
        "，网关所述 by the gateway's word" if found.dated.get(name) is How.WORD else ""
    )
    body = fact.event.body
    card = body.caregiver if isinstance(body, Check) else None
    door = body.door if isinstance(body, Check) else None
    return (
        when(said.get("at_ms") if said.get("bound_ms") is not None else None),
        off,
        "–" if card is None else (card.token_id or card.uid).hex(),
        "–" if door is None else (door.token_id or door.uid).hex(),
    )


def summary(found: Examined) -> list[Text]:
    """Return what the evidence comes to, a sentence each."""
    return [*of_sides(found), *further(found)]


def of_sides(found: Examined) -> list[Text]:
    """Return a sentence for each half of the visit: when, at which terminal, which card, which door tag."""
    said = []
    for name, zh, en in _SIDES:
        if name not in found.sides:
            continue
        at, off, card, door = side_told(found, name)
        device = found.sides[name].event.device.hex()
        said.append(
            Text(
                f"{zh} {at}（UTC+8，{off}）：终端 {device}，卡 {card}，门牌 {door}",
                f"{en} {at} (UTC+8, {off}): terminal {device}, card {card}, door tag {door}",
            )
        )
    return said


def further(found: Examined) -> list[Text]:
    """Return what there is to say beside the halves themselves."""
    said = [_entered(zh, en, *found.entered[name]) for name, zh, en in _SIDES if name in found.entered]
    said += where.told(found)
    said += _rated(found)
    told = found.record.get("correction")
    if isinstance(told, dict) and told.get("counts"):
        said.append(_corrected(told))
    return said


def _entered(zh: str, en: str, before_ms: int | None, by_ms: int | None) -> Text:
    """Return what heads that somebody kept say of when a check came into the log."""
    if before_ms is None:
        return Text(
            f"{zh}最迟 {when(by_ms)}（UTC+8）已在日志中（他处留存的日志头）",
            f"the {en} was in the log by {when(by_ms)} (UTC+8) at the latest, by heads kept elsewhere",
        )
    return Text(
        f"{zh}在 {when(before_ms)} 时尚未进入日志，{when(by_ms)}（UTC+8）时已在其中（他处留存的日志头）",
        f"the {en} was not in the log at {when(before_ms)} and was at {when(by_ms)} (UTC+8), by heads kept elsewhere",
    )


def _rated(found: Examined) -> list[Text]:
    """Return what the elder pressed, in one sentence: the last few presses in their order, and how many there were."""
    scores = [str(one.event.body.score) for one in found.facts if isinstance(one.event.body, Rating)]
    last = " ".join(scores[-_PRESSES:])
    if len(scores) > _PRESSES:
        return [
            Text(
                f"老人评分（共按键 {len(scores)} 次，最后 {_PRESSES} 次依次）{last}",
                f"the elder's ratings ({len(scores)} presses, the last {_PRESSES} in their order): {last}",
            )
        ]
    return [Text(f"老人评分 {last}", f"the elder's rating: {last}")] if scores else []


def _corrected(told: dict[str, Any]) -> Text:
    begin, end = when(told.get("begin_ms")), when(told.get("end_ms"))
    return Text(
        f"更正后的时间（–：按见证）：签到 {begin}，签退 {end}；原因 {told.get('reason')}",
        f"times as corrected (–: as witnessed): check-in {begin}, check-out {end}; reason {told.get('reason')}",
    )
