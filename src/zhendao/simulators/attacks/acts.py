"""How each attack is played: orders to the reader's tags, and people who hold them there.

Each returns its acts in order; what is promised must be noticed in one of them. Everything an attacker does here, he
can do with a phone, blank cards and a soldering iron, without any key.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from zhendao.simulators.attacks.catalogue import AFTERWARDS
from zhendao.simulators.attacks.grades import Grade
from zhendao.simulators.attacks.home import CARD, REVOKED, AttackedHome
from zhendao.simulators.attacks.witness import Act
from zhendao.simulators.demo.equipment import DOOR

RELAY_MS = 60
LEARNING = 20
"""So many readings of a kind the gateway learns a terminal's times from, by its settings here."""
Player = Callable[["AttackedHome", "AttackedHome"], Awaitable[list[Act]]]


async def cloned_uid(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """A magic card with the number of the true one."""
    kind = "classic" if home.grade is Grade.UID else "ntag213"
    await home.tell_reader(f"tag clone {kind} uid={home.uid_of(CARD)}")
    return [await home.check("cloned-uid", "clone")]


async def copied_ndef(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """All that a phone reads of the true card, on a card with a number of its own."""
    await home.tell_reader("tag copy ntag215 uid=04badbadbadbad")
    await home.tell_reader(f"copy {CARD} copy")
    return [await home.check("copied-ndef", "copy")]


async def downgraded(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """The same on a magic tag with the true card's number: what was dynamic is a signed record again."""
    await home.tell_reader(f"tag magic ntag215 uid={home.uid_of(CARD)}")
    await home.tell_reader(f"copy {CARD} magic")
    return [await home.check("downgraded", "magic")]


async def broken_open(home: AttackedHome, other: AttackedHome) -> list[Act]:
    """A second card with all that is in the true one: each is used once, at another terminal where there is one."""
    await other.tell_reader(f"bring twin-{home.grade} {home.shelf / f'{CARD}.json'}")
    first = await home.check("broken-open")
    second = await other.check("broken-open", f"twin-{home.grade}")
    return [first, replace(second, grade=home.grade)]


async def lent(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """The true card in another hand."""
    return [await home.check("lent")]


async def _harvested(home: AttackedHome, name: str, count: int, *more: str, kind: str = "player-deaf") -> None:
    await home.tell_reader(f"tag {name} {kind} uid={home.uid_of(CARD)}")
    await home.tell_reader(" ".join(("harvest", CARD, str(count), name, *more)))


async def harvested_backwards(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """Two messages, the later one first."""
    await _harvested(home, "backwards", 2, "backwards")
    return [await home.check("harvested-backwards", "backwards") for _ in range(2)]


async def harvested_in_order(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """One message, the owner's own check, another message."""
    await _harvested(home, "inorder", 2)
    return [await home.check("harvested-in-order", name) for name in ("inorder", CARD, "inorder")]


async def harvested_to_the_last(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """All messages before the owner comes again."""
    await _harvested(home, "last", 2)
    acts = [await home.check("harvested-to-the-last", "last") for _ in range(2)]
    return [*acts, await home.check(AFTERWARDS.key)]


async def harvested_with_nonce(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """A card that takes the challenge, and shows it in a message of before."""
    await _harvested(home, "shown", 1, kind="player")
    return [await home.check("harvested-with-nonce", "shown")]


async def relayed(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """The true card far away, a wire between: after the terminal's times are known."""
    timed = home.grade in {Grade.PLAIN, Grade.FRESH, Grade.CHALLENGE}
    before = [await home.check(AFTERWARDS.key) for _ in range(LEARNING if timed else 0)]
    await home.tell_reader(f"delay {CARD} {RELAY_MS}")
    act = await home.check("relayed")
    await home.tell_reader(f"delay {CARD} 0")
    return [*before, act]


async def revoked(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """A card that the office has blocked."""
    return [await home.check("revoked", REVOKED)]


async def door_opened(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """The door tag was peeled off and put back."""
    await home.tell_reader(f"loop {DOOR} open")
    opened = await home.check("door-opened")
    await home.tell_reader(f"loop {DOOR} closed")
    return [opened, await home.check("door-opened")]


async def door_carried(home: AttackedHome, other: AttackedHome) -> list[Act]:
    """Another home's door tag, here; nothing where there is no other."""
    if other is home:
        return []
    await home.tell_reader(f"bring foreign {other.shelf / f'{DOOR}.json'}")
    return [await home.check("door-carried", door="foreign")]


async def pulled(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """The card leaves while it is being read."""
    async with home.turn:
        await home.see_door(DOOR)
        await home.tell_reader("pull 2 new")
        act = await home.held("pulled", CARD)
        await home.tell_reader("pull none")
    return [act]


async def malformed(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """A card that answers to select, or holds, what no standard allows."""
    if home.grade is Grade.SIGNED:
        await home.tell_reader(f"tag bad ntag213 uid={home.uid_of(CARD)}")
        await home.tell_reader("odd bad page 4 44ff0000")
    else:
        await home.tell_reader(f"tag bad isodep uid={home.uid_of(CARD)}")
        await home.tell_reader("odd bad ats ffffffff")
    return [await home.check("malformed", "bad"), await home.check(AFTERWARDS.key)]


async def endless(home: AttackedHome, _other: AttackedHome) -> list[Act]:
    """A card that asks for more time at every command, for ever."""
    await home.tell_reader(f"tag slow isodep uid={home.uid_of(CARD)}")
    await home.tell_reader("odd slow endless")
    return [await home.check("endless", "slow"), await home.check(AFTERWARDS.key)]


PLAYERS: dict[str, Player] = {
    "cloned-uid": cloned_uid,
    "copied-ndef": copied_ndef,
    "downgraded": downgraded,
    "broken-open": broken_open,
    "lent": lent,
    "harvested-backwards": harvested_backwards,
    "harvested-in-order": harvested_in_order,
    "harvested-to-the-last": harvested_to_the_last,
    "harvested-with-nonce": harvested_with_nonce,
    "relayed": relayed,
    "revoked": revoked,
    "door-opened": door_opened,
    "door-carried": door_carried,
    "pulled": pulled,
    "malformed": malformed,
    "endless": endless,
}
