"""Authorities ready to be used: founded once for a whole run, copied for each test to do with as it likes.

Founding makes a dozen keys, and each opening derives a key from the passphrase: here in few rounds, and a copy shares
what was derived.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from zhendao.protocol.suite import Suite
from zhendao.provisioning import keyfile
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.founding import found

TENANT, WORDS, NOW_S = "xuhui", "correct horse", 1_795_338_000
FEW_ROUNDS = 1_000
"""A key file says itself how many it takes; that those of the field take 600,000 is shown by tests of their own."""


class Founded:
    """Keeps one authority for each suite and each set of hosts below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[tuple[str, tuple[str, ...]], Authority] = {}

    def at(self, place: Path, suite: Suite, hosts: tuple[str, ...] = ()) -> Authority:
        """Return an authority of `TENANT` with the passphrase `WORDS`, founded at `NOW_S`, in the new folder ``place``.

        All those of one suite and the same hosts are the same one: for a stranger, found another.
        """
        one = self.kept.get((suite.name, hosts))
        if one is None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(keyfile, "ROUNDS", FEW_ROUNDS)
                one = found(self.folder / str(len(self.kept)), TENANT, WORDS, suite, hosts, NOW_S)
            one.issuing_key()  # from here on derived
            self.kept[suite.name, hosts] = one
        shutil.copytree(one.folder, place)
        assert one.passphrase is not None
        return replace(one, folder=place, passphrase=replace(one.passphrase, _derived=dict(one.passphrase._derived)))
