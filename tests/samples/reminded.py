"""A registry of carers with everything that decides whether one is waited for, and plans of reminders, for tests."""

from datetime import UTC, date, datetime
from typing import Any, Final

from zhendao.gateway.registry.snapshot import Caregiver, Registry, Schedule, Terminal
from zhendao.gateway.registry.standing import Absence, Binding, Block, Certificate, Organisation, Region, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reminders.settings import ChannelTable, RemindTable
from zhendao.protocol.vocabulary import Placement

OFFSET_MS: Final = 8 * 3_600_000
DAY: Final = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp() * 1000) - OFFSET_MS  # a Monday
MINUTE: Final = 60_000
STATION, HOME = bytes([1]) * 16, bytes([2]) * 16
SMS: Final = ChannelTable("sms", "sms", "http://127.0.0.1:1/sms")


def at(clock: str, day: date | None = None) -> int:
    """Return UTC ms of a local time of 2 November 2026, or of another day."""
    hours, minutes = clock.split(":")
    days = 0 if day is None else (day - date(2026, 11, 2)).days
    return DAY + (days * 1440 + int(hours) * 60 + int(minutes)) * MINUTE


def plan(**given: Any) -> RemindTable:
    """Return a plan with one text channel; ``given`` in the stead of what is usual."""
    return RemindTable(**({"name": "all", "at": (570,), "channel": (SMS,)} | given))


def carer(number: str = "C1", organisation: str | None = "O1", **more: Any) -> Caregiver:
    """Return a caregiver who counts, where ``organisation`` does."""
    return Caregiver(number, "xuhui", organisation, **({"occupation": "carer"} | more))


def registry(
    *carers: Caregiver,
    schedules: tuple[Valid[Schedule], ...] = (),
    absences: tuple[Valid[Absence], ...] = (),
    blocks: tuple[Valid[Block], ...] = (),
    bindings: tuple[Valid[Binding], ...] = (),
    uncertified: frozenset[str] = frozenset(),
) -> Registry:
    """Return a registry of ``carers`` of O1 (a station at P1, in R11, which is in R1) and O2 (in R2), all certified."""
    return Registry(
        caregivers=[Valid(one, 0) for one in carers],
        schedules=schedules,
        terminals=[
            Valid(Terminal(STATION, None, "P1", Placement.STATION, None), 0),
            Valid(Terminal(HOME, "E1", "P2", Placement.HOME, None), 0),
        ],
        standing=Standing(
            regions=[Valid(Region("R1", 3), 0), Valid(Region("R11", 4, "R1"), 0), Valid(Region("R2", 3), 0)],
            organisations=[
                Valid(Organisation("O1", "xuhui", "residence", "R11", "P1"), 0),
                Valid(Organisation("O2", "xuhui", "home-care", "R2"), 0),
                Valid(Organisation("O9", "xuhui", "other", "R2"), 0),
            ],
            certificates=[
                Valid(Certificate(one.caregiver_id, "skill"), 0)
                for one in carers
                if one.caregiver_id not in uncertified
            ],
            absences=absences,
            blocks=blocks,
            bindings=bindings,
        ),
    )
