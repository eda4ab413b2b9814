"""What the bots of both platforms have alike: an answer that is 200 whatever came of it, and a code that says what."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from zhendao.gateway.outward.answers import Answer, Response, Verdict, by_status, cut

_OK: Final = 200
MENTION: Final = 32
"""Bytes of a message for each person whom it mentions: the number twice, and what stands around it."""


def by_code(response: Response, soon: Mapping[int, int], never: AbstractSet[int]) -> Answer:
    """Return what ``errcode`` means: 0 is taken, ``soon``: tried again after so many ms, ``never``: final.

    Any other code is no success, and what the platform did is not known.
    """
    given: Any = response.json()
    code = given.get("errcode") if isinstance(given, dict) else None
    if response.status != _OK or not isinstance(code, int) or isinstance(code, bool):
        answer = by_status(response, ())
        if answer.verdict is Verdict.TAKEN:  # a page of somebody in between, not the platform
            return Answer(Verdict.FAILED, f"{response.status} without errcode", unsure=True)
        return answer
    detail = cut(f"errcode {code} {given.get('errmsg', '')}")
    if code == 0:
        return Answer(Verdict.TAKEN, detail)
    if code in soon:
        return Answer(Verdict.FAILED, detail, soon[code])
    if code in never:
        return Answer(Verdict.REFUSED, detail)
    return Answer(Verdict.FAILED, detail, unsure=True)
