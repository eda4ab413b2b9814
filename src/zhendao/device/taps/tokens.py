"""From what a reader saw to a token that has been told: role, strength, and why it may not take part. Pure.

rule: TWO-TOKENS: a `signed` token is believed for its issuer's signature over uid, role and dates; what proves more is
passed on to whoever holds the cards' keys (`strength`). Everything a tag says is untrusted: any bytes end as a `Seen`,
with its reason where it is no good (promise: flag, don't block).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.taps.decisions import Seen
from zhendao.device.taps.strength import graded
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.cards.sun import parse_sun
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Role, Strength, TapReason
from zhendao.readers.token_record import token_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.device.clock.stamp import Stamp
    from zhendao.protocol.keys import VerifyingKey
    from zhendao.protocol.suite import Suite
    from zhendao.readers.values import Presence

_REASONS = {"issuer": TapReason.FOREIGN}


def nobody(_number: bytes) -> bool:
    """Tell that a token id or a uid is on no blocklist."""
    return False


def tell(
    presence: Presence,
    suite: Suite,
    issuers: Mapping[bytes, VerifyingKey],
    stamp: Stamp,
    blocked: Callable[[bytes], bool] = nobody,
    own_door: bytes | None = None,
) -> Seen:
    """Return the token that ``presence`` shows; ``stamp`` is now, for the dates of the token.

    A card that carries no token of ours takes part by its uid, as a role unknown here, and a token outside its dates
    takes part too (dates count only where the time is trusted): who is behind it, and what it counts for, is for the
    gateway to say. Only what is forged, or another issuer's, is refused, and what is ``blocked``: by its token id, or
    by its uid where it shows no token.

    ``own_door``: the uid of this terminal's door tag, where it is known to prove more than a record. A tag with that
    uid is taken for it, and flagged, when it shows less: somebody spoiled it, or put a copy of its uid in its place.
    """
    seen = _told(presence, suite, issuers, stamp, blocked)
    spoiled = presence.uid == own_door and seen.read.strength < Strength.DYNAMIC
    read = replace(seen.read, role=Role.DOOR) if spoiled and seen.read.proof is None else seen.read
    sun = None if presence.evidence is None else presence.evidence.sun
    opened = sun is not None and _opened(sun)
    return replace(seen, read=read, spoiled=spoiled, opened=opened, healed=presence.healed, again=presence.again)


def _told(
    presence: Presence,
    suite: Suite,
    issuers: Mapping[bytes, VerifyingKey],
    stamp: Stamp,
    blocked: Callable[[bytes], bool],
) -> Seen:
    bare = TokenRead(
        role=Role.UNKNOWN,
        strength=Strength.UID,
        uid=presence.uid,
        rtts_us=presence.rtts_us[:16],
        mono_ns=presence.mono_ns,
        technology=presence.technology,
    )
    evidence = presence.evidence
    kept = None if evidence is None else evidence.record
    record = token_record(presence.ndef) if kept is None else kept
    if record is None:
        refusal = TapReason.BLOCKLISTED if blocked(presence.uid) else None
        return Seen(graded(bare, evidence, None, Strength.UID), refusal)
    shown = replace(bare, proof=record)
    try:
        token = open_token(suite, record, presence.uid, issuers)
    except CryptoError as error:
        return Seen(shown, _REASONS.get(error.reason, TapReason.FORGED))
    except ProtocolError:
        return Seen(shown, TapReason.FORGED)
    told = graded(replace(bare, role=token.role, token_id=token.token_id), evidence, record, Strength.SIGNED)
    if blocked(token.token_id):
        return Seen(told, TapReason.BLOCKLISTED)
    possible = (stamp.earliest_ms // 1000, stamp.latest_ms // 1000)
    expired = stamp.trusted and not any(token.valid_at(at_s) for at_s in possible)
    return Seen(told, expired=expired)


def _opened(sun: bytes) -> bool:
    """Tell whether a SUN text says that the tag's loop is open, or was."""
    try:
        return parse_sun(sun).tamper.opened
    except ProtocolError:
        return False
