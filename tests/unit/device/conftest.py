import os

import pytest

from zhendao.device.identity.values import Identity
from zhendao.protocol.intl import INTL
from zhendao.protocol.suite import SM, Suite
from zhendao.protocol.vocabulary import Mounting, Placement


def make_identity(
    suite: Suite, placement: Placement = Placement.HOME, mounting: Mounting = Mounting.CRADLE
) -> Identity:
    certificate = os.urandom(300)
    recipients = [suite.new_unwrapping_key() for _ in range(2)]
    issuer = suite.new_signing_key()
    return Identity(
        suite=suite,
        device=os.urandom(16),
        tenant="test",
        key=suite.new_signing_key(),
        certificate=certificate,
        certificate_id=suite.hash(certificate),
        recipients=tuple(suite.wrapping_key(one.spki) for one in recipients),
        issuers={issuer.key_id: suite.verifying_key(issuer.spki)},
        gateway=suite.verifying_key(suite.new_signing_key().spki),
        placement=placement,
        mounting=mounting,
    )


@pytest.fixture(params=[SM, INTL], ids=["sm", "intl"])
def identity(request: pytest.FixtureRequest) -> Identity:
    return make_identity(request.param)
