"""Our application on an ISO 7816-4 CPU card: the signed token in a file, and an answer under the card's own SM4 key.

Promise: a card that takes challenges of 16 bytes only, or of 8 only, gives its answer; one that gives none is read for
its token. At most a dozen commands, whatever the card answers.
"""

from collections.abc import Iterator
from dataclasses import replace

from zhendao.protocol.cards.challenge import Scheme, challenge_of
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CPU_APPLICATION
from zhendao.protocol.cards.evidence import Answer, Evidence
from zhendao.protocol.token import MAX_RECORD_BYTES
from zhendao.readers.challenger import Challenger
from zhendao.readers.iso7816 import Talk, read_binary, select

SELECT = select(CPU_APPLICATION)
FILE = 1
"""Short identifier of the file that holds the token: two bytes of length, and the record."""
_LENGTH_BYTES = 2
_MOST_READ = 0x80
_ANSWER_BYTES = {Scheme.SM4_16: 16, Scheme.SM4_8: 8}


def evidence(talk: Talk, challenger: Challenger) -> Iterator[Evidence]:
    """Give what the selected application shows, ever more of it.

    Raises:
        TagMalformedError: it talks nonsense, or takes too long; what was given before counts.
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    found = Evidence(record=_record(talk))
    yield found
    challenge = challenger.challenge()
    if challenge is None:
        return
    for scheme, size in _ANSWER_BYTES.items():
        answer = _authenticate(talk, challenge_of(scheme, challenge.value))
        if answer is not None and len(answer) == size:
            yield replace(found, challenge=challenge.grounded, answer=Answer(scheme, CPU_ANSWER_KEY, answer))
            return


def _record(talk: Talk) -> bytes | None:
    """Return the token's record, None where there is no such file, or nothing in it."""
    head = talk.ask(bytes((0x00, 0xB0, 0x80 | FILE, 0, _LENGTH_BYTES)))
    size = int.from_bytes(head.data, "big")
    if not head.ok or len(head.data) != _LENGTH_BYTES or not 0 < size <= MAX_RECORD_BYTES:
        return None
    record = b""
    for at in range(0, size, _MOST_READ):
        wanted = min(_MOST_READ, size - at)
        part = talk.want(read_binary(_LENGTH_BYTES + at, wanted))
        if len(part) != wanted:
            return None
        record += part
    return record


def _authenticate(talk: Talk, challenge: bytes) -> bytes | None:
    """Return the answer to INTERNAL AUTHENTICATE, None where the card does not know it in this length.

    Some cards want to be told how many bytes are expected; others take that for a wrong length.
    """
    command = bytes((0x00, 0x88, 0x00, CPU_ANSWER_KEY, len(challenge))) + challenge
    for apdu in (command, command + b"\x00"):
        answer = talk.ask(apdu)
        if answer.ok:
            return answer.data
    return None
