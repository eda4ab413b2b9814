"""Who a terminal is and whom it talks to, as values: what the recorder and the uplink need to know, and no path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.protocol.keys import SigningKey, VerifyingKey, WrappingKey
    from zhendao.protocol.suite import Suite
    from zhendao.protocol.vocabulary import Mounting, Placement


@dataclass(frozen=True, slots=True)
class Identity:
    """One enrolled terminal.

    Attributes:
        device: 16 bytes, random, made at enrolment.
        tenant: as it stands in topics.
        key: signs events and batches.
        certificate: DER; `certificate_id` is its hash.
        recipients: gateway and escrow, to whom each start's keys are wrapped.
        issuers: keys that sign tokens, by key id.
        gateway: checks commands.
        own_door: token id of the door tag bound to this terminal, if one is.
    """

    suite: Suite
    device: bytes
    tenant: str
    key: SigningKey
    certificate: bytes
    certificate_id: bytes
    recipients: tuple[WrappingKey, ...]
    issuers: Mapping[bytes, VerifyingKey]
    gateway: VerifyingKey
    placement: Placement
    mounting: Mounting
    own_door: bytes | None = None
