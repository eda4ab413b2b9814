"""A card in a colleague's bag: its owner stays at home, and the colleague holds it there beside her own.

So its owner has her days (rule: VALID-DAY), and one visit is counted twice. The elders whom the owner was to see that
day see nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.rates import Fraud, Mistake
from zhendao.simulators.city.services import LIVING
from zhendao.simulators.city.visits import Act, Deed, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhendao.simulators.city.model import Caregiver
    from zhendao.simulators.world.engine.chance import Chance

_NEXT_MS: Final = (8_000, 60_000)
"""From her own card to the other one, out of the same bag."""


def carried_along(lender: Caregiver, missed: Iterable[Visit], made: Iterable[Visit]) -> list[Visit | None]:
    """Return, for each visit ``made``, what is booked beside it with the card of ``lender``; nothing of living in.

    Her own of that day are ``missed``.
    """
    for visit in missed:
        visit.mistakes.add(Mistake.MISSED)
    return [
        None
        if one.bond.service is LIVING
        else Visit(
            "", one.bond, one.begin_ms, one.end_ms, booked=lender, fraud=Fraud.LENT_CARD, traces={"cards_together"}
        )
        for one in made
    ]


def tapped_along(acts: Sequence[Act], along: Visit, chance: Chance) -> list[Act]:
    """Return the checks of ``along``: right after the first and the last of ``acts``, with the card that was lent."""
    own = sorted((act for act in acts if act.deed is Deed.CHECK and act.at is None), key=lambda act: act.at_ms)
    if along.booked is None or not own:
        return []
    return [
        Act(one.at_ms + chance.between(*_NEXT_MS), one.terminal, along, along.booked.card, door=one.door)
        for one in dict.fromkeys((own[0], own[-1]))
    ]
