"""What is left to do on an NTAG 424 DNA: from the state that it is in to a token, or to as it was delivered. Pure.

Promise: of the same state and goal the same steps; a state that is the goal gives none. Key 0 comes last, so that it
opens the card until all else is done; content comes before the settings that mirror into it.
"""

from dataclasses import dataclass
from typing import Final

from zhendao.protocol.cards.diversify import NTAG424_KEYS
from zhendao.protocol.cards.file_settings import FREE, AccessRights, CommMode, FileSettings
from zhendao.protocol.cards.sun import (
    FILE_BYTES,
    SUN_AT,
    SUN_END,
    SUN_TEMPLATE,
    Loop,
    ndef_file,
    sun_settings,
    takes_nonce,
)
from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.cards.goals import Goal, TokenGoal
from zhendao.provisioning.cards.keys import FACTORY
from zhendao.provisioning.cards.pursuing import Step

DELIVERED: Final = FileSettings(CommMode.PLAIN, AccessRights(read=FREE, write=FREE, read_write=FREE, change=0))
"""The settings of the NDEF file as the maker delivers it."""


@dataclass(frozen=True, slots=True)
class State424:
    """What the card holds.

    Attributes:
        keys: version of each of its five keys, by number.
        settings: of the NDEF file.
        content: the whole file as anybody reads it, None where not anybody may.
        loop: state of a TagTamper loop, None on a card without one.
    """

    keys: tuple[int, ...]
    settings: FileSettings
    content: bytes | None
    loop: Loop | None = None


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write the NDEF file."""

    content: bytes
    name: str = "file"


@dataclass(frozen=True, slots=True)
class SetFile:
    """Change the settings of the NDEF file."""

    settings: FileSettings
    name: str = "settings"


@dataclass(frozen=True, slots=True)
class EnableLoop:
    """Switch the TagTamper loop on, which cannot be taken back."""

    name: str = "loop"


@dataclass(frozen=True, slots=True)
class SetKey:
    """Change key ``number`` from that of version ``held`` to that of ``version``."""

    number: int
    held: int
    version: int

    @property
    def name(self) -> str:
        """`key-0` to `key-4`."""
        return f"key-{self.number}"


def plan(state: State424, goal: Goal, now: int) -> tuple[Step, ...]:
    """Return what is left to do; ``now`` is the present version of the keys. Key 0 comes last. Pure."""
    if isinstance(goal, TokenGoal):
        version, settings = now, sun_settings(tamper=state.loop is not None)
        steps = _filed(state, ndef_file(goal.record), settings)
        if state.loop is Loop.INVALID and goal.role is Role.DOOR:
            steps.append(EnableLoop())
        steps += _keyed(state, range(1, NTAG424_KEYS), version)
    else:
        version = FACTORY
        steps = _keyed(state, range(1, NTAG424_KEYS), version)
        steps += _emptied(state)
    return (*steps, *_keyed(state, range(1), version))


def _keyed(state: State424, numbers: range, version: int) -> list[Step]:
    return [SetKey(number, state.keys[number], version) for number in numbers if state.keys[number] != version]


def _filed(state: State424, content: bytes, settings: FileSettings) -> list[Step]:
    """Return the steps for the file: its content first, unless its settings keep us from writing it."""
    steps: list[Step] = []
    if not _same_content(state.content, content):
        steps.append(WriteFile(content))
    if state.settings != settings:
        open_already = state.settings.rights.write == FREE and state.settings.mode is CommMode.PLAIN
        steps.insert(len(steps) if open_already else 0, SetFile(settings))
    return steps


def _emptied(state: State424) -> list[Step]:
    """Return the steps that empty the file. Mirrors that are on stay on: else the counter would begin anew."""
    steps: list[Step] = []
    if state.settings.rights.write != FREE or state.settings.mode is not CommMode.PLAIN:
        steps.append(SetFile(DELIVERED))
    content = bytearray(state.content or b"?")
    for begin, size in state.settings.sdm.mirrors() if state.settings.sdm is not None else ():
        content[begin : begin + size] = bytes(size)
    if any(content):
        steps.append(WriteFile(bytes(FILE_BYTES)))
    return steps


def _same_content(found: bytes | None, content: bytes) -> bool:
    """Tell whether a file as it was read is the one wanted, whatever the card mirrors, or a terminal wrote, into it."""
    if found is None:
        return False
    if takes_nonce(content):
        if not takes_nonce(found):
            return False
        found = found[:SUN_AT] + SUN_TEMPLATE + found[SUN_END:]
    return found[: len(content)] == content
