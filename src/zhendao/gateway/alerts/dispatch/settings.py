"""``[[alerts.channel]]`` in gateway.toml: the ways by which people are told of alerts, and what each is for.

Promise: a channel is for whom, which kinds and which hours its table says, and for nothing else; drills leave the seats
only where it says so. Whatever is (assumed) stands in docs/gateway.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Final

from zhendao.command.kinds import BadValueError, Choice, Integer, Switch, Url, Words
from zhendao.command.roster.cells import CellError
from zhendao.command.roster.shifts import Hours
from zhendao.gateway.alerts.values import AlertKind
from zhendao.protocol.wording import Text

SEAT, FAMILY, EMERGENCY = "seat", "family", "emergency"
KINDS: Final = tuple(kind.value for kind in AlertKind)
OF_THE_FAMILY: Final = ("sos", "incident", "call_cord", "mattress", "smoke", "water")
"""What a family is told unless its channel says otherwise: never duress, which only the seats may know of."""


@dataclass(frozen=True)
class Kinds:
    """A list of kinds of alert."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the kinds, each once."""
        del folder
        if not isinstance(value, list) or not all(isinstance(one, str) and one in KINDS for one in value):
            words = ", ".join(KINDS)
            raise BadValueError(Text(f'须是列表，可用 {words}，如 ["sos"]', f'must be a list of {words}: ["sos"]'))
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class Span:
    """Hours of the day, as in the list of seats: ``22:00-06:00``."""

    def take(self, value: Any, folder: Path) -> str:
        """Return ``HH:MM-HH:MM``."""
        del folder
        try:
            return Hours().take(value if isinstance(value, str) else None, UTC)
        except CellError as error:
            raise BadValueError(Text(f"须是时段：{error.cure.zh}", f"must be hours: {error.cure.en}")) from None


@dataclass(frozen=True)
class ChannelTable:
    """One channel: ``kind`` is how, ``to`` is whom; see docs/gateway.md for each."""

    name: Annotated[str, Words(32)]
    kind: Annotated[str, Choice("webhook", "sms", "emergency")]
    url: Annotated[str, Url("https", "http")]
    to: Annotated[str | None, Choice(SEAT, FAMILY)] = None
    kinds: Annotated[tuple[str, ...] | None, Kinds()] = None
    at_once: Annotated[tuple[str, ...], Kinds()] = ("mattress",)
    hours: Annotated[str | None, Span()] = None
    unmasked: Annotated[bool, Switch()] = False
    drills: Annotated[bool, Switch()] = False
    token_file: Path | None = None
    ca: Path | None = None
    timeout_s: Annotated[int, Integer(1, 60)] = 5
    give_up_s: Annotated[int, Integer(60, 604_800)] = 3_600
    again_s: Annotated[int, Integer(0, 86_400)] = 900
    at_a_time: Annotated[int, Integer(1, 64)] = 8
    most_waiting: Annotated[int, Integer(10, 1_000_000)] = 10_000
    most_an_hour: Annotated[int, Integer(1, 100_000)] = 20

    @property
    def audience(self) -> str:
        """Return for whom it is: the seats for a webhook, the family for texts, unless the table says otherwise."""
        if self.kind == "emergency":
            return EMERGENCY
        return self.to or (FAMILY if self.kind == "sms" else SEAT)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the kinds of alert that it carries."""
        if self.kinds is not None:
            return self.kinds
        return OF_THE_FAMILY if self.audience == FAMILY else KINDS


def problems_of(channels: Sequence[ChannelTable], path: Path) -> list[Text]:
    """Return what is wrong between the keys of the tables, one line each."""
    found, names = [], [one.name for one in channels]
    for n, one in enumerate(channels, 1):
        start = f"{path}: [[alerts.channel]] {n}:"
        if one.name in names[: n - 1]:
            found.append(Text(f"{start} name 与前面的重复", f"{start} name is there twice"))
        if one.kind == "emergency" and one.to is not None:
            found.append(
                Text(f"{start} to 不用于 emergency", f"{start} to: an emergency number is nobody else's, leave it out")
            )
    return found
