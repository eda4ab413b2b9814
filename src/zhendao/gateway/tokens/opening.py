"""What proves tokens, made of the gateway's own folder: the tenant's token issuers, old ones too, and the masters."""

import logging
import os
import time
from pathlib import Path

from asn1crypto import pem

from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.masters import Custody, Held
from zhendao.gateway.tokens.proving import Prover
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import VerifyingKey

_LOG = logging.getLogger(__name__)


def load_prover(config: GatewayConfig, store_key: StoreKey) -> Prover:
    """Return what proves tokens of the tenant of ``config``. Raises `KeysError`.

    A folder that has no keys yet has taken no tokens either.
    """
    issuers: dict[bytes, VerifyingKey] = {}
    if (config.keys / "root.crt").exists():
        issuers = load_issuers(config.keys, load_keyring(config.keys).trust, time.time_ns() // 10**9)
    return Prover(issuers, Held(Custody(config.keys, store_key, os.environ)))


def load_issuers(folder: Path, trust: TrustStore, now_s: int) -> dict[bytes, VerifyingKey]:
    """Return the keys of the token issuers by key id: one that ended still proves the tokens that it signed."""
    found: dict[bytes, VerifyingKey] = {}
    for path in (folder / "token-issuer.crt", *sorted((folder / "old").glob("token-issuer-*.crt"))):
        try:
            certificate = Certificate.parse(bytes(pem.unarmor(path.read_bytes())[2]))
            at_s = min(max(now_s, certificate.not_before_s), certificate.not_after_s)
            trust.check(certificate.der, at_s, role="token-issuer", usage="sign")
        except (OSError, ValueError, ProtocolError) as error:
            _LOG.warning("tokens are not proved by %s: %s", path.name, error)
            continue
        key = certificate.suite.verifying_key(certificate.spki)
        found[key.key_id] = key
    return found
