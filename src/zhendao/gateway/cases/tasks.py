"""What was done in a visit and what was refused: told by whoever made it, signed, kept beside the facts. Pure.

Promise: each telling is complete and stands in place of the one before, which stays to be seen; what was refused has a
reason. It changes nothing of the visit. rule: EVIDENCE, SERVICES
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.cases.errors import NotNowError
from zhendao.protocol import cbor
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.wording import Text

MOST: Final = 40
"""So many tasks has a visit at most."""
_MOST_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Refused:
    """A task that was not done, and why."""

    task: str
    why: str


@dataclass(frozen=True, slots=True)
class Tasks:
    """What ``by`` told at ``at_ms`` (UTC ms) of a visit: tasks that were ``done``, and that were ``refused``."""

    visit_id: bytes
    by: str
    at_ms: int
    done: tuple[str, ...]
    refused: tuple[Refused, ...]

    def document(self) -> bytes:
        """Return what is signed: CBOR, complete in itself."""
        refused = [[one.task, one.why] for one in self.refused]
        return cbor.encode({1: self.visit_id, 2: self.by, 3: self.at_ms, 4: list(self.done), 5: refused})


def tasks_of(document: bytes) -> Tasks:
    """Read what `Tasks.document` made. Raises `MalformedError` where it is no CBOR."""
    plain = cbor.decode(document, _MOST_BYTES)
    refused = tuple(Refused(task, why) for task, why in plain[5])
    return Tasks(plain[1], plain[2], plain[3], tuple(plain[4]), refused)


def told(visit_id: bytes, done: Sequence[str], refused: Sequence[Refused], by: str, at_ms: int) -> Tasks:
    """Return the telling. Raises `NotNowError` where it makes no sense."""
    names = [one.strip() for one in (*done, *(one.task for one in refused))]
    if not names or len(names) > MOST:
        raise NotNowError(Text(f"须有 1 至 {MOST} 项服务内容", f"name 1 to {MOST} tasks"))
    if not all(names) or len(set(names)) < len(names):
        raise NotNowError(Text("服务内容不能为空或重复", "a task has a name, and is told of once"))
    if not all(one.why.strip() for one in refused):
        raise NotNowError(Text("未做的服务须写明原因", "say why a task was refused"))
    kept = tuple(Refused(one.task.strip(), one.why.strip()) for one in refused)
    return Tasks(visit_id, by, at_ms, tuple(names[: len(done)]), kept)


def signed(tasks: Tasks, key: SigningKey, certificate_id: bytes) -> tuple[bytes, bytes]:
    """Return the document and the signature of it, domain ``tasks``."""
    document = tasks.document()
    return document, key.sign(to_be_signed("tasks", cbor.encode([key.suite.id, certificate_id]), document))


def is_signed(document: bytes, signature: bytes, key: VerifyingKey, suite_id: int, certificate_id: bytes) -> bool:
    """Tell whether ``key``, certified as ``certificate_id``, signed ``document``."""
    protected = cbor.encode([suite_id, certificate_id])
    return key.verify(to_be_signed("tasks", protected, document), signature)
