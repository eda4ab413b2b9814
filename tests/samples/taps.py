"""Bodies of checks for tests: one door tag, a few cards."""

from samples.line import Line
from zhendao.protocol.bodies import Check, TokenRead
from zhendao.protocol.vocabulary import CheckFlag, Direction, Mounting, Placement, Role, Strength, Technology

HOUR_NS = 3_600 * 10**9


def token(role: Role, uid: bytes, strength: Strength = Strength.SIGNED) -> TokenRead:
    """Return a token as it was read."""
    return TokenRead(role, strength, uid, (), 1, Technology.NTAG21X)


def check(direction: Direction, opened_by: int | None = None, card: bytes = b"card-one") -> Check:
    """Return a check with door tag and card."""
    return Check(
        door=token(Role.DOOR, b"door"),
        caregiver=token(Role.CAREGIVER, card),
        direction=direction,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        opened_by=opened_by,
        flags=CheckFlag(0),
    )


def day(line: Line) -> None:
    """Journal two visits of one card on one day, as events 2 to 5."""
    for hour, direction, opened_by in (
        (1, Direction.IN, None),
        (2, Direction.OUT, 2),
        (5, Direction.IN, None),
        (7, Direction.OUT, 4),
    ):
        line.add(check(direction, opened_by), mono_ns=hour * HOUR_NS)
