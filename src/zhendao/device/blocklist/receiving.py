"""From parts to a list: what came so far, what is taken, what is refused and why. Pure.

Promise: a list is whole and proved (signature, tenant, digest, order, a version that is not below the one held) before
anything is made of it; at most one is being received, of at most 2 MiB.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from zhendao.protocol.blocklist import open_manifest, proved
from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from zhendao.device.identity.values import Identity
    from zhendao.protocol.blocklist import Blocklist, Manifest, Part


class Receiving:
    """What is under way. One part after the other; `take` and `finish` raise `CryptoError` for what is refused."""

    def __init__(self, who: Identity) -> None:
        self._who = who
        self._manifest: Manifest | None = None
        self._first: Part | None = None
        self._came, self._next = BytesIO(), 0

    def take(self, part: Part, held: Blocklist | None) -> bool:
        """Take in ``part``; return whether it was the last one. Part 0 begins anew; what does not follow is dropped.

        Raises `CryptoError` with reason ``version`` (not above the one held), ``base`` (a change of another version
        than the one held), or as `open_manifest` does: then nothing is under way.
        """
        if part.part == 0:
            self._drop()
            manifest = open_manifest(self._who.suite, self._who.gateway, self._who.tenant, part.signed)
            check_version(manifest, held)
            if part.base is not None and (held is None or part.base != held.manifest.version):
                raise CryptoError("base", "a change of another blocklist than the one that is here")
            self._manifest, self._first = manifest, part
        first = self._first
        if first is None or part.part != self._next:
            return False
        if (part.signed, part.parts, part.base) != (first.signed, first.parts, first.base):
            return False
        self._came.write(part.content)
        self._next += 1
        return self._next == part.parts

    def finish(self, held: Blocklist | None) -> Blocklist:
        """Return the list that the parts make, proved. Raises `CryptoError`, `MalformedError`; nothing is under way."""
        manifest, first, came = self._manifest, self._first, self._came
        self._drop()
        if manifest is None or first is None:
            raise CryptoError("parts", "no blocklist is being received")
        check_version(manifest, held)
        content = came.getvalue()
        if first.base is not None:
            if held is None or held.manifest.version != first.base:
                raise CryptoError("base", "a change of another blocklist than the one that is here")
            content = held.numbers.changed_by(content).packed
        return proved(self._who.suite, manifest, first.signed, content)

    def _drop(self) -> None:
        self._manifest = self._first = None
        self._came, self._next = BytesIO(), 0


def check_version(manifest: Manifest, held: Blocklist | None) -> None:
    """Raise `CryptoError` with reason ``version`` unless ``manifest`` is newer than what is held."""
    if held is not None and manifest.version <= held.manifest.version:
        raise CryptoError("version", f"version {manifest.version} is not above {held.manifest.version}")
