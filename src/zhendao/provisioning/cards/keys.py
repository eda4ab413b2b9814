"""Where the keys of a card come from: a service that knows the masters, or a file that was fetched from it before.

Promise: only keys of single cards are ever here, in memory, for as long as that card is in the hand; none is shown or
written. Keys that do not have the check values of those that a card was written with are refused before they are tried.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from zhendao.protocol.cards.diversify import CardKeys, factory_keys
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.errors import KeysMissingError, KeysRefusedError, KeysWrongError
from zhendao.provisioning.cards.journal import Story

KEYED: Final = frozenset({Technology.NTAG424, Technology.CPU_CARD})
"""Technologies whose cards hold keys of ours."""
FACTORY: Final = 0
"""Version of the keys that a card is delivered with."""
NOT_FOUND: Final = 404


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
    """The key sets that one card may hold, by version; ``now`` is the one that it is to have.

    ``fetch`` gives a set of an older version when one is asked for, which most cards never need.
    """

    now: int
    sets: dict[int, CardKeys] = field(repr=False)
    fetch: Callable[[int], CardKeys] | None = field(default=None, repr=False)

    def __getitem__(self, version: int) -> CardKeys:
        return self.sets[version]

    def has(self, version: int) -> bool:
        """Tell whether there is a set of ``version``. Raises ProvisioningError where that cannot be found out."""
        if version in self.sets:
            return True
        if self.fetch is None or not FACTORY < version < max(self.sets):
            return False
        try:
            self.sets[version] = self.fetch(version)
        except KeysMissingError:
            return False
        except KeysRefusedError as error:
            if error.status != NOT_FOUND:
                raise
            return False
        return True

    def order(self, *first: int) -> tuple[int, ...]:
        """Return the versions in the order in which to try them: ``first``, the maker's, the present one, older ones.

        A card that is tried with a wrong key counts it; the likeliest comes first.
        """
        known = [version for version in first if self.has(version)]
        return tuple(dict.fromkeys((*known, FACTORY, self.now, *sorted(self.sets, reverse=True))))

    def all(self) -> Iterator[int]:
        """Give every version: those that are here, then older ones, the latest first, each fetched when it is due."""
        here = tuple(self.sets)
        yield from here
        yield from (version for version in range(max(here), FACTORY, -1) if version not in here and self.has(version))


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
    return Ring(present.version, sets, lambda version: service.keys(uid, technology, version))
