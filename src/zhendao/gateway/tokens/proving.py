"""What one token's evidence proves, by keys alone: signature, SUN message, answer of an SM4 card, live EV2. Pure.

Promise: nothing is claimed that was not proved here again, whatever strength the terminal reports; a proof of any bytes
ends as a verdict. A record that the terminal did not send along rests on the terminal's word. docs/protocol.md 9.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.findings import Finding
from zhendao.gateway.tokens.masters import Master
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.cards.challenge import Ground, Scheme, make_challenge, sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, LIVE_KEY, CardKeys, Masters, card_keys
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, read_proof
from zhendao.protocol.cards.live import live_answer_holds
from zhendao.protocol.cards.sun import Sun, read_sun
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import Suite, VerifyingKey
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Strength

_LOG = logging.getLogger(__name__)

Issuers = Mapping[bytes, VerifyingKey]
"""The keys of the tenant's token issuers, old ones too, by key id; none at all: records rest on the terminals' word."""

_KEPT: Final = 32_768
_Name = tuple[bytes, bytes, int, bytes | None]
_K = TypeVar("_K")
_V = TypeVar("_V")
_OF_RECORD: Final = {"issuer": Finding.FOREIGN, "uid": Finding.COPIED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proved of one reading. ``counter`` is None where no message of the tag itself was proved.

    ``fresh``: what the tag answered covers the challenge on ``grounded``, so it was made after that.
    """

    proved: Strength
    findings: frozenset[Finding] = frozenset()
    counter: int | None = None
    fresh: bool = False
    grounded: Grounded | None = None
    challenge: bytes | None = None
    """The challenge itself, where ``fresh``: it counts once."""
    loop: str | None = None
    """State of the TagTamper loop, 2 letters (ever, now); None where it says nothing."""

    @property
    def answered(self) -> bool:
        """Tell whether the tag itself was proved to have answered, not only a record that can be copied."""
        return self.proved >= Strength.DYNAMIC


_UNPROVED: Final = Verdict(Strength.UID, frozenset({Finding.UNPROVED}))


class Prover:
    """Proves evidence with the keys of one tenant; keeps verdicts on signed records, for cards come again and again."""

    def __init__(
        self,
        issuers: Issuers,
        masters: Callable[[], Sequence[Master]],
    ) -> None:
        """Take the issuers' keys, and what gives the master keys of now."""
        self._issuers, self._masters = dict(issuers), masters
        self._known: dict[_Name, Verdict] = {}
        self._records: dict[_Name, frozenset[Finding]] = {}
        self._cards: dict[tuple[int, int, bytes], CardKeys] = {}

    def verdict(self, suite: Suite, device: bytes, epoch: bytes, read: TokenRead) -> Verdict:
        """Return what the evidence of ``read`` proves; ``device`` and ``epoch`` are those of the event it stands in."""
        if read.proof is None:
            claimed = read.strength
            if claimed <= Strength.SIGNED:
                return Verdict(claimed)
            return _UNPROVED
        if read.strength <= Strength.SIGNED:
            return self._signed(suite, read, read.proof)
        try:
            evidence = read_proof(read.proof)
        except ProtocolError:
            return _UNPROVED
        signed = self._record(suite, evidence, read)
        proved = self._answer(suite, evidence, read, device, epoch)
        return replace(proved, proved=max(proved.proved, signed.proved), findings=proved.findings | signed.findings)

    def _signed(self, suite: Suite, read: TokenRead, proof: bytes) -> Verdict:
        """Return what a signed record proves; the same one of the same card was proved before, most of the time."""
        name = (proof, read.uid, read.role, read.token_id)
        known = self._known.get(name)
        if known is None:
            try:
                known = self._record(suite, read_proof(proof), read)
            except ProtocolError:
                known = _UNPROVED
            _keep(self._known, name, known)
        return known

    def _record(self, suite: Suite, evidence: Evidence, read: TokenRead) -> Verdict:
        record = evidence.record
        if record is None:
            return Verdict(Strength.UID)
        if not self._issuers:
            return Verdict(Strength.SIGNED)
        name = (record, read.uid, read.role, read.token_id)
        found = self._records.get(name)
        if found is None:
            _keep(self._records, name, found := _of_record(suite, record, read, self._issuers))
        return Verdict(Strength.UID if found else Strength.SIGNED, found)

    def _answer(self, suite: Suite, evidence: Evidence, read: TokenRead, device: bytes, epoch: bytes) -> Verdict:
        """Return what the tag's own message proves: nothing where a part or a key is missing."""
        grounded, answer = evidence.challenge, evidence.answer
        challenge = None if grounded is None else _challenge(suite, grounded.ground(device, epoch), grounded.fresh)
        try:
            sets = [(one.keys, self._keys(one, read)) for one in reversed(self._masters())]
        except CryptoError:
            return _UNPROVED
        except CardsError as error:
            # No event waits for its card to be proved: a replay does that when the masters can be read again.
            _LOG.warning("tokens are not proved: %s", error)
            return _UNPROVED
        if not sets:
            return _UNPROVED
        found = _UNPROVED
        if evidence.sun is not None:
            found = _of_sun([keys for _, keys in sets], evidence.sun, read.uid, challenge)
        if answer is not None and challenge is not None:
            holds = any(_holds(masters, keys, challenge, answer) for masters, keys in sets)
            of_sun = found.findings - {Finding.UNPROVED}
            if holds:
                found = replace(found, proved=Strength.CHALLENGE, findings=of_sun, fresh=True)
            else:
                found = replace(found, findings=of_sun | {Finding.FORGED})
        elif read.strength is Strength.CHALLENGE:
            return replace(found, findings=found.findings | {Finding.UNPROVED})
        return replace(found, grounded=grounded, challenge=challenge) if found.fresh else found

    def _keys(self, master: Master, read: TokenRead) -> CardKeys:
        name = (master.version, int(read.technology), read.uid)
        known = self._cards.get(name)
        if known is None:
            known = card_keys(master.keys, read.technology, read.uid)
            _keep(self._cards, name, known)
        return known


def _holds(masters: Masters, keys: CardKeys, challenge: bytes, answer: Answer) -> bool:
    if answer.scheme is Scheme.EV2:
        if answer.key_number != LIVE_KEY or keys.cipher != "aes":
            return False
        return live_answer_holds(masters, keys[LIVE_KEY], keys.uid, challenge, answer.answer)
    if answer.key_number != CPU_ANSWER_KEY or keys.cipher != "sm4":
        return False
    return sm4_answer_holds(answer.scheme, keys[CPU_ANSWER_KEY], challenge, answer.answer)


def _keep(known: dict[_K, _V], name: _K, value: _V) -> None:
    """Keep ``value``; the one that came first goes when there are too many."""
    if len(known) >= _KEPT:
        del known[next(iter(known))]
    known[name] = value


def _challenge(suite: Suite, ground: Ground, fresh: bytes) -> bytes | None:
    try:
        return make_challenge(suite, ground, fresh)
    except ProtocolError:
        return None


def _of_record(suite: Suite, record: bytes, read: TokenRead, issuers: Issuers) -> frozenset[Finding]:
    try:
        token = open_token(suite, record, read.uid, issuers)
    except CryptoError as error:
        return frozenset({_OF_RECORD.get(error.reason, Finding.FORGED)})
    except ProtocolError:
        return frozenset({Finding.UNPROVED})
    if read.token_id != token.token_id or read.role != token.role:
        return frozenset({Finding.FORGED})  # the terminal says something else of it than its issuer
    return frozenset()


def _of_sun(sets: Sequence[CardKeys], text: bytes, uid: bytes, challenge: bytes | None) -> Verdict:
    sun = next((one for keys in sets if (one := _sun(keys, text, uid)) is not None), None)
    if sun is None:
        return Verdict(Strength.UID, frozenset({Finding.FORGED}))
    findings = {Finding.OPENED} if sun.tamper.opened else set()
    loop = sun.tamper.ever.value + sun.tamper.now.value
    if challenge is None:
        findings.add(Finding.UNDATED)
    elif sun.nonce != challenge:
        # The tag did make it, at some other time: it says nothing of this moment, and its counter nothing either.
        return Verdict(Strength.UID, frozenset(findings | {Finding.STALE}), loop=loop)
    return Verdict(Strength.DYNAMIC, frozenset(findings), sun.counter, fresh=challenge is not None, loop=loop)


def _sun(keys: CardKeys, text: bytes, uid: bytes) -> Sun | None:
    try:
        return read_sun(keys, text, uid)
    except ProtocolError:
        return None
