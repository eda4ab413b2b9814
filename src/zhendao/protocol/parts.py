"""The parts that bodies of events have in common, one frozen dataclass each (docs/protocol.md section 3).

Units are in the names, as in `bodies`. A place carries its datum; a token what it claims and how it was proved.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.protocol.fields import SINT, UINT, Bytes, Int, OneOf, Sequence, SetOf, exactly
from zhendao.protocol.shapes import maybe, wire
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign, Role, Strength, Technology

_UID = Bytes(4, 10)
_ID = exactly(16)


@dataclass(frozen=True, slots=True)
class Fix:
    """A position with its datum and its error; ``hacc95_dm`` is the radius that holds the truth with 95 %."""

    lat_e7: int = wire(1, Int(-900_000_000, 900_000_000))
    lon_e7: int = wire(2, Int(-1_800_000_000, 1_800_000_000))
    datum: Datum = wire(3, OneOf(Datum))
    hacc95_dm: int = wire(4, UINT)
    age_ms: int = wire(5, UINT)
    epochs: int = wire(6, UINT)
    sats: int = wire(7, UINT)
    hdop_centi: int = wire(8, UINT)
    cn0_deci: int | None = maybe(9, UINT)
    constellations: Constellation = wire(10, SetOf(Constellation))
    signs: FixSign = wire(11, SetOf(FixSign))
    sigma_major_dm: int | None = maybe(12, UINT)
    sigma_minor_dm: int | None = maybe(13, UINT)
    orientation_deg: int | None = maybe(14, Int(0, 179))
    gnss_ms: int | None = maybe(15, SINT)


@dataclass(frozen=True, slots=True)
class TokenRead:
    """One token as it was read: what it claims, how strong the claim is, and the proof to check it again."""

    role: Role = wire(1, OneOf(Role))
    strength: Strength = wire(2, OneOf(Strength))
    uid: bytes = wire(3, _UID)
    token_id: bytes | None = maybe(4, _ID)
    proof: bytes | None = maybe(5, Bytes(1, 1024))
    rtts_us: tuple[int, ...] = wire(6, Sequence(UINT, 16))
    mono_ns: int = wire(7, UINT)
    technology: Technology = wire(8, OneOf(Technology))


@dataclass(frozen=True, slots=True)
class Previous:
    """The last head that a terminal knew of the epoch before."""

    epoch: bytes = wire(1, _ID)
    seq: int = wire(2, UINT)
    head: bytes = wire(3, exactly(32))
