"""What is said of a moment, if anything: from the table, the hours and who is there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE, Moment, Origin
from zhendao.device.feedback.patterns import PATTERNS
from zhendao.device.feedback.voice.prompts import answers, said
from zhendao.device.feedback.voice.turns import Utterance

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given
    from zhendao.device.feedback.hours import Hours
    from zhendao.protocol.wording import Language


def chosen(
    given: Given, language: Language, hours: Hours, minute: int | None, *, there: bool, buzzes: bool = False
) -> Utterance | None:
    """Return what is said of ``given``; None where nothing is, and nothing is cut for it.

    A tap without words, or with the volume at 0, cuts what is being said all the same: it comes back without pieces.

    Args:
        given: the moment.
        language: of the voice.
        hours: when night is, and how loud.
        minute: of the local day; None where it is not known.
        there: somebody has tapped within the last minute.
        buzzes: a buzzer gives the signal first; the voice begins when it has ended.
    """
    shown = TABLE[given.moment]
    names = said(given.moment, given.said, language)
    if not given.fresh or not hours.heard(shown.origin, minute, there=there):
        return None
    if shown.origin is Origin.LATER and not names:
        return None
    percent = hours.volume(shown.origin, minute)
    return Utterance(
        names if percent else (),
        shown.origin,
        percent,
        given.mono_ns,
        lead_s=sum(PATTERNS[shown.signal].buzzer) if buzzes else 0.0,
        short=answers(given.moment),
        stays=given.moment is Moment.DRILL,
        held=shown.while_held,
    )
