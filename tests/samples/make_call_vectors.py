"""Make the vectors of calls anew: ``PYTHONPATH=src:tests python -m samples.make_call_vectors tests/data/vectors``.

The bodies that belong to a call for help, as version 2 of those before it or as kinds of their own; the two commands
that answer and plan; the receipt code. ``tests/unit/protocol/test_call_vectors.py`` checks them with other code.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zhendao.protocol.answer import Answer, answer_body
from zhendao.protocol.bodies import Heard, Incident, Rating, Sensor, Sos
from zhendao.protocol.command import ANSWER, PLAN, Command, sign_command
from zhendao.protocol.event import Event, encode_event, kind_and_version
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.plan import Plan, PlannedVisit, plan_body
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import AnswerState, ClockSource, HeardBy, SensorClass, SensorCondition

CERTIFICATE = b"\xca" * 32
DEVICE, EPOCH, BOOT, NONCE = (bytes.fromhex(digits * 16) for digits in ("0a", "e0", "b0", "0b"))
ISSUED_MS = 1_790_000_030_000
BODIES: list[Any] = [
    Sos(1, drill=False),
    Sos(1, drill=False, mistake_of=1, held_ms=5_120),
    Incident(1, refers_to=7, drill=True),
    Heard(EPOCH, 1, AnswerState.RECEIVED, HeardBy.VOICE | HeardBy.PAGE),
    Rating(60, 2, refers_to=7, consent=True),
    Sensor("mattress", SensorClass.MATTRESS, 0, 12, condition=SensorCondition.CHATTERING),
    Sensor("kitchen", SensorClass.SMOKE_OR_GAS, 1, 0),
]
ANSWERS = [
    Answer(EPOCH, 1, AnswerState.ARRIVED),
    Answer(EPOCH, 1, AnswerState.RECEIVED, who="值班室 王", minutes=12),
]
PLANS = [
    Plan(ISSUED_MS, ISSUED_MS + 86_400_000, (PlannedVisit(NONCE, ISSUED_MS + 3_600_000, ISSUED_MS + 7_200_000),)),
    Plan(ISSUED_MS, ISSUED_MS),
]


def event(seq: int, body: Any) -> Event:
    """Return the event of ``body`` as the ``seq``th of its epoch."""
    stamp = (seq * 1_000_000_000, ISSUED_MS + seq * 1000, ClockSource.NTP, 50)
    return Event(DEVICE, EPOCH, seq, BOOT, *stamp, *kind_and_version(body), body)


def vector(suite: Any) -> dict[str, Any]:
    """Return events, commands and a receipt code."""
    key = suite.new_signing_key()
    orders = [(ANSWER, answer_body(one)) for one in ANSWERS] + [(PLAN, plan_body(one)) for one in PLANS]
    commands = [
        sign_command(key, CERTIFICATE, Command(suite.id, DEVICE, NONCE, n, kind, body, ISSUED_MS))
        for n, (kind, body) in enumerate(orders, 1)
    ]
    events = [event(seq, body) for seq, body in enumerate(BODIES, 1)]
    head = suite.hash(b"a head")
    return {
        "gateway": {"pkcs8": key.pkcs8().hex(), "spki": key.spki.hex()},
        "certificate_id": CERTIFICATE.hex(),
        "device": DEVICE.hex(),
        "boot_nonce": NONCE.hex(),
        "events": [{"json": event_to_json(one), "plaintext": encode_event(one).hex()} for one in events],
        "commands": [one.hex() for one in commands],
        "answers": [
            {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(one).items()}
            for one in ANSWERS
        ],
        "plans": [
            [one.from_ms, one.to_ms, [[visit.card.hex(), visit.begin_ms, visit.end_ms] for visit in one.visits]]
            for one in PLANS
        ],
        "receipt": {"head": head.hex(), "code": receipt_code(suite, head)},
    }


def main(folder: Path) -> None:
    """Write a file for each suite."""
    for suite in (SM, INTL):
        text = json.dumps(vector(suite), indent=1, ensure_ascii=False)
        (folder / suite.name / "calls.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
