"""Later answers of the authority, handed on to the terminals that still send under the certificate before.

They lie in ``data_dir/answers``, each under its device id; the authority signed them, and the gateway adds nothing. A
terminal has taken its answer when a batch comes under the new certificate; until then it is said again, at times.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.down import carry_answer
from zhendao.protocol.enrolment import ANSWER_BYTES, open_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.topics import Topic

_LOG = logging.getLogger(__name__)
FOLDER: Final = "answers"
AGAIN_MS: Final = 600_000

HandOn = Callable[[Session], list[Outgoing]]


def nothing_to_hand_on(_session: Session) -> list[Outgoing]:
    """Hand nothing on."""
    return []


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: int  # of the file
    certificate: Certificate | None  # None: it cannot be read


class Answers:
    """The answers in ``folder``. Used by the ingest thread."""

    def __init__(self, folder: Path, tenant: str) -> None:
        self._folder, self._tenant = folder, tenant
        self._kept: dict[bytes, _Kept] = {}
        self._said_ms: dict[bytes, int] = {}

    def __call__(self, session: Session) -> list[Outgoing]:
        """Return the answers for the terminals of ``session`` that do not have theirs yet."""
        found = []
        for device, certificate_id in {r.batch.device: r.batch.certificate_id for r, _ in session.batches}.items():
            wanted = self._certificate(device)
            if wanted is None or wanted.id == certificate_id:
                self._said_ms.pop(device, None)
                continue
            held = session.terminals[device].certificates.get(certificate_id)
            if held is not None and held.not_before_s > wanted.not_before_s:
                continue  # it came to the terminal by hand, and is newer than the one here
            said_ms = self._said_ms.get(device)
            if said_ms is not None and session.steady_ms - said_ms < AGAIN_MS:
                continue
            try:
                answer = self._path(device).read_bytes()
            except OSError:
                continue
            self._said_ms[device] = session.steady_ms
            found.append(Outgoing(str(Topic(self._tenant, device, "down")), carry_answer(answer)))
        return found

    def _path(self, device: bytes) -> Path:
        return self._folder / f"{device.hex()}.cbor"

    def _certificate(self, device: bytes) -> Certificate | None:
        """Return the certificate in the answer to ``device``, read again when its file has changed."""
        path = self._path(device)
        try:
            mark = path.stat().st_mtime_ns
        except OSError:
            return None
        kept = self._kept.get(device)
        if kept is None or kept.mark != mark:
            certificate = None
            try:
                with path.open("rb") as file:
                    certificate = open_answer(file.read(ANSWER_BYTES + 1)).certificate
            except (OSError, ProtocolError) as error:
                _LOG.warning("%s cannot be handed on: %s", path, error)
            kept = self._kept[device] = _Kept(mark, certificate)
        return kept.certificate
