"""The homes and the caregivers of a soak: as many as wanted, each home with cards of its own. Pure."""

from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text
from zhendao.simulators.demo.script import Caregiver, Check, Day, Home, Spot

CARDS = 2
"""Caregivers of each home: their visits may overlap, and must not be taken for each other's."""
_SAYS = Text("上门", "a visit")
_LAT_E7, _LON_E7, _APART_E7 = 31_1983000, 121_4524000, 20_000


def town(homes: int) -> tuple[Day, ...]:
    """Return ``homes`` homes, 1 to 99, with the caregivers who come there; what they do is up to chance."""
    return tuple(_day(number) for number in range(1, homes + 1))


def _day(number: int) -> Day:
    spot = Spot(_LAT_E7 + number * _APART_E7, _LON_E7)
    home = Home(f"h{number:02d}", f"老人{number:02d}", f"测试路 {number} 号", spot, Datum.WGS84)
    cards = (
        Caregiver(f"c{number:02d}{n}", f"护理员{number:02d}{n}", f"04{number:02x}{n:02x}a1b2c3d4") for n in range(CARDS)
    )
    return Day(home, tuple(Check(card, _SAYS) for card in cards))


def caregivers(day: Day) -> tuple[str, ...]:
    """Return the keys of the cards that come to the home of ``day``."""
    return tuple(step.caregiver.key for step in day.steps if isinstance(step, Check))
