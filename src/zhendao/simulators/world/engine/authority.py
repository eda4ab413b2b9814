"""Who enrolled a world: root and issuing authority, the gateway's keyring, an identity for each terminal, tokens.

Promise: real certificates in the form of docs/protocol.md section 11, really signed and really checked, whatever stands
in for signatures afterwards. With `intl`, and with what stands in for it, every key follows from the world's seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhendao.device.identity.values import Identity
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.tokens.proving import Prover
from zhendao.protocol.certificates import Name
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.issuing import SERIAL_BYTES, Subject, issue
from zhendao.protocol.limits import ID_BYTES
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.token import sign_token
from zhendao.simulators.world.engine.standin import new_signing_pkcs8, new_unwrapping_pkcs8

if TYPE_CHECKING:
    from zhendao.protocol.certificates import Certificate, Role, Usage
    from zhendao.protocol.keys import SigningKey, SoftwareSigningKey, UnwrappingKey
    from zhendao.protocol.suite import Suite
    from zhendao.protocol.vocabulary import Mounting, Placement
    from zhendao.protocol.vocabulary import Role as TokenRole
    from zhendao.simulators.world.engine.chance import Chance

TENANT: Final = "world"
NOT_BEFORE_S: Final = 1_577_836_800
"""2020-01-01 UTC; everything is valid from then to the end of 2049, however far a clock is off."""
NOT_AFTER_S: Final = 2_524_607_999


class Authority:
    """The office that enrolled everybody. ``suite`` is the one that the world runs, or what stands in for it."""

    def __init__(self, chance: Chance, suite: Suite) -> None:
        self._chance = chance
        self._suite = suite
        self._real: Suite = SM if suite.id == SM.id else INTL
        self._terminal_keys: dict[int, SoftwareSigningKey] = {}
        root_key = self._signing("root")
        self._root = self._certificate("root", "root", "certify", root_key.spki, root_key, None)
        self._issuing_key = self._signing("issuing")
        self._issuing = self._certificate("issuing", "issuing", "certify", self._issuing_key.spki, root_key, self._root)
        self._issuer = self._used(self._signing("token-issuer"))
        self._stranger = self._used(self._signing("stranger"))
        gateway = self._signing("gateway")
        self._wrap, self._escrow = self._unwrapping("gateway-wrap"), self._unwrapping("escrow")
        self.keyring = Keyring(
            TENANT,
            TrustStore([self._root.der], [self._issuing.der]),
            self._certificate("gateway", "gateway", "sign", gateway.spki),
            self._used(gateway),
            suite.unwrapping_key(self._wrap.pkcs8()),
        )
        """What the gateway holds."""

    def identity(self, number: int, placement: Placement, mounting: Mounting, own_door: bytes | None) -> Identity:
        """Return who ``terminal number`` is; asked again, it has the same key."""
        suite = self._suite
        device = self.device(number)
        key = self._terminal_keys.get(number)
        if key is None:
            key = self._terminal_keys[number] = self._signing(f"terminal {number}")
        certificate = self._certificate(device.hex(), "terminal", "sign", key.spki)
        issuer = suite.verifying_key(self._issuer.spki)
        return Identity(
            suite=suite,
            device=device,
            tenant=TENANT,
            key=self._used(key),
            certificate=certificate.der,
            certificate_id=certificate.id,
            recipients=tuple(suite.wrapping_key(one.spki) for one in (self._wrap, self._escrow)),
            issuers={issuer.key_id: issuer},
            gateway=suite.verifying_key(self.keyring.certificate.spki),
            placement=placement,
            mounting=mounting,
            own_door=own_door,
        )

    def device(self, number: int) -> bytes:
        """Return the 16 bytes that name ``terminal number``."""
        return self._chance.child(f"device {number}").bytes(ID_BYTES)

    def token(self, role: TokenRole, token_id: bytes, uid: bytes, *, foreign: bool = False) -> bytes:
        """Return the record that makes a tag with ``uid`` a token; ``foreign``: of an issuer nobody here trusts."""
        return sign_token(self.issuer(foreign=foreign), role, token_id, uid, NOT_BEFORE_S, NOT_AFTER_S)

    def issuer(self, *, foreign: bool = False) -> SigningKey:
        """Return the key that signs tokens; ``foreign``: one that nobody here trusts."""
        return self._stranger if foreign else self._issuer

    def prover(self) -> Prover:
        """Return what proves again, at the gateway, the tokens that are signed here."""
        issuer = self._suite.verifying_key(self._issuer.spki)
        return Prover({issuer.key_id: issuer}, tuple)

    def _certificate(
        self,
        name: str,
        role: Role,
        usage: Usage,
        spki: bytes,
        key: SigningKey | None = None,
        issuer: Certificate | None = None,
    ) -> Certificate:
        if key is None:
            key, issuer = self._issuing_key, self._issuing
        serial = self._chance.child(f"serial {name}").bytes(SERIAL_BYTES)
        return issue(Subject(Name(TENANT, role, name), spki, usage, NOT_BEFORE_S, NOT_AFTER_S), serial, key, issuer)

    def _signing(self, name: str) -> SoftwareSigningKey:
        """Return a real key: certificates are signed with it."""
        if self._real is SM:  # libcrypto draws it
            return SM.new_signing_key()
        return INTL.signing_key(new_signing_pkcs8(self._chance.child(f"key {name}")))

    def _unwrapping(self, name: str) -> UnwrappingKey:
        if self._real is SM:
            return SM.new_unwrapping_key()
        return INTL.unwrapping_key(new_unwrapping_pkcs8(self._chance.child(f"key {name}")))

    def _used(self, key: SoftwareSigningKey) -> SigningKey:
        """Return the key as the world uses it."""
        return self._suite.signing_key(key.pkcs8())
