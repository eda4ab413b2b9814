"""Caregivers at a door while everything fails: they hold tag and card there until the terminal says that it has it.

Promise: a person rests on nothing but the light. Whatever the terminal says, or if it says nothing at all, she tries
again after a moment; she never takes a check for done that she saw no good signal for.
"""

import asyncio
from random import Random

from zhendao.simulators.demo.children import Said
from zhendao.simulators.demo.equipment import DOOR, Equipment
from zhendao.simulators.demo.errors import ChildError, LateError
from zhendao.simulators.demo.play import CHECKED
from zhendao.simulators.demo.script import GUARD_S

ANSWER_S = 4.0
"""So long a person keeps a tag on the reader when nothing is said; below the time after which an undo is offered."""
STAYS_S = (GUARD_S + 0.5, 8.0)
PAUSES_S = (0.3, 3.0)
TRIES_AGAIN_S = 0.7
_NOT_FOR_US = {"sent", "accepted", "ready", "reader-up", "lone", "undo-lapsed"}
_DONE = {*CHECKED, "already-recorded"}


async def visits(home: Equipment, cards: tuple[str, ...], dice: Random) -> None:
    """Let caregivers come and go at ``home``, until cancelled."""
    while True:
        card = dice.choice(cards)
        await check(home, card)
        await asyncio.sleep(dice.uniform(*STAYS_S))
        await check(home, card)
        await asyncio.sleep(dice.uniform(*PAUSES_S))


async def check(home: Equipment, card: str) -> None:
    """Hold door tag and ``card`` there until the terminal has said that it is recorded."""
    while True:
        door = await _hold(home, DOOR)
        if door == "door-seen" and await _hold(home, card) in _DONE:
            return
        await asyncio.sleep(TRIES_AGAIN_S)


async def _hold(home: Equipment, tag: str) -> str:
    """Hold ``tag`` to the reader; return what the terminal said to it, nothing if it was silent or is gone."""
    try:
        return str((await home.hold(tag, _meant_for_us, within_s=ANSWER_S))["moment"])
    except (ChildError, LateError):
        return ""


def _meant_for_us(said: Said) -> bool:
    return "moment" in said and said["moment"] not in _NOT_FOR_US
