"""Where the keys of a card come from: a service that knows the masters, or a file that was fetched from it before.

Promise: only keys of single cards are ever here, in memory, for as long as that card is in the hand; none is shown or
written. Keys that do not have the check values of those that a card was written with are refused before they are tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from zhendao.protocol.cards.diversify import CardKeys, factory_keys
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.errors import KeysMissingError, KeysWrongError
from zhendao.provisioning.cards.journal import Story

KEYED: Final = frozenset({Technology.NTAG424, Technology.CPU_CARD})
"""Technologies whose cards hold keys of ours."""
FACTORY: Final = 0
"""Version of the keys that a card is delivered with."""


class KeyService(Protocol):
    """Gives the keys of one card, diversified by its uid."""

    def keys(self, uid: bytes, technology: Technology, version: int | None = None) -> CardKeys:
        """Return the keys of ``version``, of the present one without.

        Raises:
            KeysMissingError, KeysRefusedError, KeysUnreachableError, KeysWrongError: no keys, nothing has changed.
        """


class NoKeys:
    """Stands where nothing was said of keys."""

    def keys(self, uid: bytes, technology: Technology, version: int | None = None) -> CardKeys:
        """Raise `KeysMissingError`."""
        del version
        raise KeysMissingError(
            Text(
                f"卡 {uid.hex()}（{technology.name}）需要密钥",
                f"card {uid.hex()} ({technology.name}) needs keys",
            )
        )


@dataclass(frozen=True)
class Ring:
    """The key sets that one card may hold, by version; the present one is ``now``."""

    now: int
    sets: Mapping[int, CardKeys] = field(repr=False)

    def __getitem__(self, version: int) -> CardKeys:
        return self.sets[version]

    def order(self, *first: int) -> tuple[int, ...]:
        """Return all versions in the order in which to try them: ``first``, the maker's, the present one, older ones.

        A card that is tried with a wrong key counts it; the likeliest comes first.
        """
        rest = (FACTORY, self.now, *sorted(self.sets, reverse=True))
        return tuple(dict.fromkeys(version for version in (*first, *rest) if version in self.sets))


def checks_of(keys: CardKeys) -> dict[int, bytes]:
    """Return the check value of each key by its number."""
    return {number: keys.check_value(number) for number in sorted(keys.keys)}


def ring(service: KeyService, uid: bytes, technology: Technology, story: Story) -> Ring:
    """Fetch all key sets that the card may hold: the maker's, the present one, and those its journal names.

    Raises:
        KeysWrongError: a set is not the one that the journal knows, by its check values.
        ProvisioningError: as `KeyService.keys`.
    """
    present = service.keys(uid, technology)
    sets = {FACTORY: factory_keys(technology, uid), present.version: present}
    for version in story.key_versions:
        if version not in sets:
            sets[version] = service.keys(uid, technology, version)
    for goal in story.goals:
        if goal.key_version is not None and goal.checks and checks_of(sets[goal.key_version]) != goal.checks:
            raise KeysWrongError(uid, f"version {goal.key_version}: check values differ from the journal's")
    return Ring(present.version, sets)
