"""What stands on a label: for whom or where, in words and as a QR code by which the office finds the thing again.

Promise: a label proves nothing, and says so little that who reads it can copy nothing: no chip number, no signature, no
address; a name only where the office asks for it (rule: PIPL). rule: TWO-TOKENS (a QR code is never evidence).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from zhendao.protocol.vocabulary import Placement, Role
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.holdings import Held
from zhendao.provisioning.terminals import Terminal

Thing = Literal["door", "card", "terminal"]
THINGS: Final[tuple[Thing, ...]] = ("door", "card", "terminal")
_SHORT: Final = 8

ROLES: Final = {
    Role.DOOR: Text("门牌", "Door tag"),
    Role.CAREGIVER: Text("护理员卡", "Caregiver"),
    Role.ELDER: Text("老人卡", "Elder"),
    Role.ENGINEER: Text("工程卡", "Engineer"),
}
PLACEMENTS: Final = {
    Placement.HOME: Text("居家终端", "Home terminal"),
    Placement.STATION: Text("机构终端", "Station terminal"),
    Placement.CARRIED: Text("随身终端", "Carried terminal"),
}
NOTES: Final[dict[Thing, Text]] = {
    "door": Text("请勿撕下或移动", "Do not remove"),
    "card": Text("仅限本人使用，遗失请速告单位", "Not transferable. If lost, tell the office"),
    "terminal": Text("请勿断电或移动", "Do not unplug or move"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """One label: ``title`` over ``subject`` (whose, or where), a short ``code`` for people, ``data`` to scan."""

    thing: Thing
    title: Text
    subject: str
    name: str
    code: str
    data: str
    note: Text


def of_token(held: Held, tenant: str, names: Mapping[str, str]) -> Label:
    """Return the label of a door tag or a card; of one that is nobody's yet the subject is empty."""
    thing: Thing = "door" if held.token.role is Role.DOOR else "card"
    number = held.token.token_id.hex()
    return Label(
        thing,
        ROLES.get(held.token.role, Text("标签", "Token")),
        held.holder,
        names.get(held.holder, ""),
        _code(number),
        f"ZD:{tenant}:TOKEN:{number}".upper(),
        NOTES[thing],
    )


def of_terminal(terminal: Terminal, tenant: str) -> Label:
    """Return the label of a terminal."""
    data = f"ZD:{tenant}:TERMINAL:{terminal.device}".upper()
    title = PLACEMENTS[terminal.duty.placement]
    return Label("terminal", title, "", "", _code(terminal.device), data, NOTES["terminal"])


def labels(tokens: Iterable[Held], terminals: Iterable[Terminal], tenant: str, names: Mapping[str, str]) -> list[Label]:
    """Return all labels: door tags, cards, terminals, each in order of what stands on them."""
    found = [of_token(one, tenant, names) for one in tokens]
    found += [of_terminal(one, tenant) for one in terminals]
    return sorted(found, key=lambda one: (THINGS.index(one.thing), one.title.en, one.subject, one.code))


def chosen(several: Iterable[Label], things: Iterable[str], only: Iterable[str]) -> list[Label]:
    """Return the labels of ``things``; with ``only`` those whose subject, code or number begins with one of these."""
    kinds, wanted = set(things), [one.upper().replace("-", "") for one in only]

    def named(label: Label) -> bool:
        number = label.data.rsplit(":", 1)[1]
        return any(number.startswith(one) or label.subject.upper().replace("-", "") == one for one in wanted)

    return [one for one in several if one.thing in kinds and (not wanted or named(one))]


def _code(number: str) -> str:
    """Return the first digits of a number as people read them out: ``D0D0-D0D0``."""
    half = _SHORT // 2
    return f"{number[:half]}-{number[half:_SHORT]}".upper()
