"""The gateway's end of a live authentication: a terminal's question about a card before it, answered or left.

An option (`[tokens] live`). Promise: answered is only a question of a known terminal that is believed, under the MAC
key of one of its starts, whose number rises, so many in a minute and no more; nothing is written, and nothing waits for
it but the terminal, which reads the card by itself where no answer comes. docs/protocol.md section 9
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.gateway.ingest.terminals import open_keys
from zhendao.gateway.ingest.withdrawn import Withdrawn
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import certificates, starts
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.giving import tag_of
from zhendao.gateway.tokens.masters import Master
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.protocol.cards.asking import AskedQuestion, Question, encode_live, read_question
from zhendao.protocol.cards.diversify import LIVE_KEY, card_keys
from zhendao.protocol.cards.live import live_token
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import Suite
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.topics import Topic, parse_topic
from zhendao.protocol.vocabulary import Technology

MINUTE_MS: Final = 60_000
A_MINUTE: Final = 30
"""Questions of one terminal that are answered in a minute: a caregiver holds a card and a door tag, not thirty."""
MOST_TERMINALS: Final = 4_096

_LIVE: Final = frozenset({Technology.NTAG424, Technology.DESFIRE})
_KEYS: Final = Prepared(
    select(starts.c.suite, starts.c["keys"]).where(
        starts.c.device == bindparam("device"),
        starts.c.epoch == bindparam("epoch"),
        starts.c.start == bindparam("start"),
    )
)
_CERTIFICATES: Final = Prepared(select(certificates.c.der).where(certificates.c.device == bindparam("device")))
_VERSION: Final = Prepared(
    select(GIVEN.c.version).where(GIVEN.c.tag == bindparam("tag")).order_by(GIVEN.c.id.desc()).limit(1)
)


@dataclass(slots=True)
class _Asked:
    """What a terminal asked lately: the highest number of its start, and how many since when."""

    start: tuple[bytes, int]
    number: int
    since_ms: int
    count: int = 0


class Live:
    """Answers questions; used by one thread."""

    def __init__(
        self,
        store: Store,
        store_key: StoreKey,
        masters: Callable[[], Sequence[Master]],
        tenant: str,
        withdrawn: Withdrawn,
    ) -> None:
        self._store, self._store_key, self._masters = store, store_key, masters
        self._tenant, self._withdrawn = tenant, withdrawn
        self._asked: OrderedDict[bytes, _Asked] = OrderedDict()
        self.left: dict[str, int] = {}
        """Questions that were not answered, by reason."""

    def answer(self, message: Message, steady_ms: int) -> Outgoing | None:
        """Return what is to be published to the terminal, None where nothing is. Raises `StoreError`.

        ``steady_ms``: now, for durations.
        """
        try:
            return self._answer(message, steady_ms)
        except (ProtocolError, CardsError) as error:
            reason = error.reason if isinstance(error, ProtocolError) else error.code
            self.left[reason] = self.left.get(reason, 0) + 1
            return None

    def _answer(self, message: Message, steady_ms: int) -> Outgoing:
        topic, asked = parse_topic(message.topic), read_question(message.payload)
        question = asked.question
        if topic.tenant != self._tenant or topic.channel != "ask" or topic.device != question.device:
            raise CryptoError("topic", "a question of another terminal")
        if message.retained or question.technology not in _LIVE:
            raise CryptoError("question", "nothing that is answered live")
        suite = suite_by_id(question.suite_id)
        with self._store.reading() as connection:
            mac_key = None
            for suite_id, sealed in _KEYS.all(
                connection, device=question.device, epoch=question.epoch, start=question.start
            ):
                keys = open_keys(self._store_key, sealed, question.device, question.epoch, question.start)
                if suite_id == question.suite_id and _made_by(asked, suite, keys.mac_key):
                    mac_key = keys.mac_key
            if mac_key is None:
                raise CryptoError("mac", "a question of no start that is known")
            self._count(question, steady_ms)
            self._check_believed(connection, question.device)
            master = self._master(connection, question.uid)
        card = card_keys(master.keys, question.technology, question.uid)
        token = live_token(master.keys, card[LIVE_KEY], question.uid, question.challenge, question.first)
        payload = encode_live(suite, mac_key, question.device, question.number, token)
        return Outgoing(str(Topic(self._tenant, question.device, "down")), payload)

    def _count(self, question: Question, steady_ms: int) -> None:
        """Count a question that its terminal asked; a number counts once, so many count in a minute."""
        start = (question.epoch, question.start)
        known = self._asked.get(question.device)
        if known is None or (known.start != start and known.since_ms <= steady_ms - MINUTE_MS):
            known = self._asked[question.device] = _Asked(start, question.number - 1, steady_ms)
        elif known.start != start:
            known.start, known.number = start, question.number - 1  # another start has no more in the same minute
        self._asked.move_to_end(question.device)
        while len(self._asked) > MOST_TERMINALS:
            self._asked.popitem(last=False)
        if question.number <= known.number:
            raise CryptoError("number", "a question that was asked before")
        known.number = question.number
        if steady_ms - known.since_ms >= MINUTE_MS:
            known.since_ms, known.count = steady_ms, 0
        known.count += 1
        if known.count > A_MINUTE:
            raise CryptoError("too-many", "more questions in a minute than cards can be held")

    def _check_believed(self, connection: Connection, device: bytes) -> None:
        held = [Certificate.parse(der) for (der,) in _CERTIFICATES.all(connection, device=device)]
        newest = max(held, key=lambda one: one.not_before_s, default=None)
        if newest is None:
            raise CryptoError("certificate-unknown", "a terminal without a certificate")
        own, _ = self._withdrawn(newest.id, newest.issuer)  # of its issuer: what was known before is believed on
        if own is not None:
            raise CryptoError("certificate-revoked", "a terminal that is believed no longer")

    def _master(self, connection: Connection, uid: bytes) -> Master:
        """Return the masters that a card was written under, as far as that is known here; else the newest."""
        masters = {one.version: one for one in self._masters()}
        version = _VERSION.scalar(connection, tag=tag_of(self._store_key, uid))
        if not masters:
            raise CryptoError("master", "no master keys")
        return masters.get(version, masters[max(masters)])


def _made_by(asked: AskedQuestion, suite: Suite, mac_key: bytes) -> bool:
    try:
        asked.proved(suite, mac_key)
    except CryptoError:
        return False
    return True
