"""Keys of single cards, given to those who write cards: bounded in an hour, and written down before they are given.

Promise: only diversified keys leave, never a master; who was given which card's keys stands in the store before they
are answered; a token of the interface that is stolen gets so many cards in an hour and no more, and what it got is
known. A restart forgets no count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, insert, select

from zhendao.command.atrest.catalogue import of_card
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.masters import Master
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.protocol.cards.diversify import CardKeys, card_keys
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text

HOUR_MS: Final = 3_600_000
KEYED: Final = {
    "ntag424": Technology.NTAG424,
    "desfire": Technology.DESFIRE,
    "cpu_card": Technology.CPU_CARD,
}
"""The technologies whose cards have keys of ours, by the words of the interface."""

OFFLINE: Final = "file"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose keys are asked for; ``version`` of the masters, the newest where it is None."""

    uid: bytes
    technology: Technology
    version: int | None = None


class TooManyError(CardsError):
    """More cards were asked for in an hour than the settings allow."""

    code = "cards-too-many"

    def __init__(self, most: int, wait_s: int) -> None:
        super().__init__(
            Text(f"一小时内最多领取 {most} 张卡的密钥", f"keys of at most {most} cards are given in an hour"),
            Text(f"{wait_s} 秒后再试", f"try again in {wait_s} s"),
        )
        self.wait_s = wait_s


class NoMastersError(CardsError):
    """There is no master key, or none of the version asked for."""

    code = "cards-no-master"

    def __init__(self, version: int | None) -> None:
        of = "" if version is None else f" {version}"
        super().__init__(
            Text(f"没有卡主密钥{of}", f"there is no card master key{of}"),
            Text("运行 zhendao-gateway cards master new", "run zhendao-gateway cards master new"),
        )


def keys_of(masters: Sequence[Master], asked: Asked) -> CardKeys:
    """Return the keys of one card. Raises `NoMastersError`, or `CryptoError` for a uid that no such card has."""
    found = [one for one in masters if asked.version in {None, one.version}]
    if not found:
        raise NoMastersError(asked.version)
    return card_keys(found[-1].keys, asked.technology, asked.uid)


class Giver:
    """Gives keys of cards and writes it down; at most ``an_hour`` cards to one token of the interface."""

    def __init__(self, store_key: StoreKey, masters: Callable[[], Sequence[Master]], an_hour: int) -> None:
        self._store_key, self._masters, self._an_hour = store_key, masters, an_hour

    def give(self, connection: Connection, token_id: str, asked: Asked, now_ms: int) -> CardKeys:
        """Return the keys of one card over the interface. Raises `CardsError`, `CryptoError`.

        ``connection`` is a write transaction: the keys are to be answered after it was committed.
        """
        keys = keys_of(self._masters(), asked)
        lately = (GIVEN.c.token_id == token_id, GIVEN.c.at_ms > now_ms - HOUR_MS)
        count, earliest = connection.execute(select(func.count(), func.min(GIVEN.c.at_ms)).where(*lately)).one()
        if count >= self._an_hour:
            raise TooManyError(self._an_hour, max(1, (earliest + HOUR_MS - now_ms + 999) // 1000))
        self._note(connection, token_id, keys, "", now_ms)
        return keys

    def give_many(
        self, connection: Connection, cards: Sequence[Asked], recipient: bytes, now_ms: int
    ) -> list[CardKeys]:
        """Return keys that a person at the gateway has wrapped for the key ``recipient`` (its id). Raises as `give`."""
        masters = self._masters()
        found = [keys_of(masters, asked) for asked in cards]
        for keys in found:
            self._note(connection, OFFLINE, keys, recipient.hex(), now_ms)
        return found

    def _note(self, connection: Connection, token_id: str, keys: CardKeys, recipient: str, now_ms: int) -> None:
        connection.execute(
            insert(GIVEN).values(
                at_ms=now_ms,
                token_id=token_id,
                tag=tag_of(self._store_key, keys.uid),
                uid=seal_uid(self._store_key, keys.uid),
                technology=int(keys.technology),
                version=keys.version,
                recipient=recipient,
            )
        )


def tag_of(store_key: StoreKey, uid: bytes) -> bytes:
    """Return the keyed hash by which a tag is found: the same uid, the same 16 bytes."""
    return store_key.find_by(b"tag", uid)


def seal_uid(store_key: StoreKey, uid: bytes) -> bytes:
    """Return a card's number sealed."""
    return store_key.of("cards").seal(uid, of_card(tag_of(store_key, uid)))


def open_uid(store_key: StoreKey, sealed: bytes, tag: bytes) -> bytes:
    """Return the card's number that stands beside ``tag``. Raises `CryptoError` where it is another's, or altered."""
    return store_key.of("cards").open(sealed, of_card(tag), b"uid")


def technology_called(word: str) -> Technology:
    """Return the technology of the interface's ``word``. Raises `CryptoError` for one without keys of ours."""
    found = KEYED.get(word)
    if found is None:
        raise CryptoError("technology", f"one of {', '.join(KEYED)}")
    return found
