"""Whom a finding asks: the person who was there, the organisation, whoever keeps the equipment, or nobody. Pure.

It says who can answer, not who is guilty: a finding is a hint (promise 5). What a fault of ours can have caused asks
no person (`judging.faults`). One line for each kind.
"""

from enum import StrEnum
from typing import Final


class Blame(StrEnum):
    """Whom a finding asks."""

    PERSON = "person"
    """Whoever held the card: it is about what was done at the door."""
    SUPPLY = "supply"
    """The organisation: its papers, its plans, whom it sends."""
    EQUIPMENT = "equipment"
    """Whoever keeps terminals, cards and tags in order."""
    NOBODY = "nobody"
    """Something that is worth knowing, and nobody's doing."""


BLAMES: Final[dict[str, Blame]] = {
    "foreign_door": Blame.PERSON,
    "outside": Blame.PERSON,
    "travel": Blame.PERSON,
    "moved": Blame.EQUIPMENT,
    "short": Blame.PERSON,
    "long": Blame.PERSON,
    "no_out": Blame.PERSON,
    "no_in": Blame.PERSON,
    "clock": Blame.EQUIPMENT,
    "off_schedule": Blame.PERSON,
    "overlap": Blame.PERSON,
    "missed": Blame.SUPPLY,
    "low_rating": Blame.PERSON,
    "no_rating": Blame.NOBODY,
    "rating_pattern": Blame.PERSON,
    "blocklisted": Blame.PERSON,
    "papers": Blame.SUPPLY,
    "unbound": Blame.SUPPLY,
    "unlicensed": Blame.SUPPLY,
    "over_capacity": Blame.SUPPLY,
    "over_hours": Blame.SUPPLY,
    "gap": Blame.EQUIPMENT,
    "fork": Blame.EQUIPMENT,
    "rollback": Blame.EQUIPMENT,
    "tamper": Blame.EQUIPMENT,
    "weak_token": Blame.EQUIPMENT,
    "replayed": Blame.PERSON,
    "cloned": Blame.PERSON,
    "booked_under_others": Blame.PERSON,
    "cards_together": Blame.PERSON,
    "minute_regular": Blame.PERSON,
}
"""By kind of finding."""
