"""What the platform has taken: records with their revisions, by the rules that aggregators publish.

Promise: a record counts once for its idempotency key. A revision greater than the highest seen becomes current; a
lower one never seen is kept as history; an equal one is refused; a number once refused is never taken again, but a
replay has a number of its own; gaps are allowed. Pure: what was taken is returned as an entry, and `replay` of the
entries gives the same ledger.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to the ledger: a revision taken (``accepted``, ``history``) or refused."""

    status: str
    idempotency_key: str
    record_type: str
    key: str
    revision: int
    digest: str
    receipt: str
    reason: str
    payload: Any
    replay: int = 0

    @property
    def number(self) -> tuple[int, int]:
        """Return what orders it: a replay comes after its revision and before the next."""
        return self.revision, self.replay

    def to_line(self) -> str:
        """Return the entry as one line of JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> "Entry":
        """Read an entry that `to_line` wrote; ValueError, TypeError otherwise."""
        return cls(**json.loads(line))


@dataclass(slots=True)
class _Held:
    """All that is known of one record."""

    taken: dict[tuple[int, int], Entry] = field(default_factory=dict)
    refused: set[tuple[int, int]] = field(default_factory=set)
    current: tuple[int, int] | None = None


class Ledger:
    """Records and receipts; not safe for threads, the server holds a lock."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], _Held] = {}
        self._by_key: dict[str, Entry] = {}
        self.receipts: list[Entry] = []
        self.arrivals: dict[str, int] = {}

    def offer(self, offered: Any) -> tuple[dict[str, Any], Entry | None]:
        """Judge one ``offered`` record; return the answer, and what to remember before giving it, if anything."""
        fault = _form_fault(offered)
        if fault is not None:
            name = offered.get("idempotency_key") if isinstance(offered, dict) else None
            return _answer(str(name or "")[:MAX_TEXT], "refused", reason=fault), None
        name, content = offered["idempotency_key"], _digest(offered)
        self.arrivals[name] = self.arrivals.get(name, 0) + 1
        known = self._by_key.get(name)
        if known is not None:
            if known.digest != content:
                return _answer(name, "refused", reason="the idempotency key was used for other content"), None
            if known.status == "refused":
                return _answer(name, "refused", reason=known.reason), None
            return _answer(name, "duplicate", receipt=known.receipt), None
        entry = self._judge(offered, content)
        return _answer(name, entry.status, reason=entry.reason, receipt=entry.receipt), entry

    def _judge(self, offered: dict[str, Any], content: str) -> Entry:
        held = self._records.get((offered["type"], offered["key"]), _Held())
        number = offered["revision"], offered.get("replay", 0)
        status, reason = "accepted", ""
        if number in held.refused:
            status, reason = "refused", "this revision was refused before; its number cannot be used again"
        elif number in held.taken:
            status, reason = "refused", "duplicate revision"
        elif held.current is not None and number < held.current:
            status = "history"
        receipt = "" if status == "refused" else f"R{len(self.receipts) + 1:08d}"
        return Entry(
            status=status,
            idempotency_key=offered["idempotency_key"],
            record_type=offered["type"],
            key=offered["key"],
            revision=number[0],
            digest=content,
            receipt=receipt,
            reason=reason,
            payload=offered["payload"],
            replay=number[1],
        )

    def take(self, entry: Entry) -> None:
        """Remember ``entry``; call it after the entry is safe, and in the order of `offer`."""
        held = self._records.setdefault((entry.record_type, entry.key), _Held())
        self._by_key[entry.idempotency_key] = entry
        if entry.status == "refused":
            if entry.number not in held.taken:
                held.refused.add(entry.number)
            return
        held.taken[entry.number] = entry
        held.current = entry.number if held.current is None else max(held.current, entry.number)
        self.receipts.append(entry)

    def records(self, record_type: str | None) -> list[dict[str, Any]]:
        """Return each record with its current revision, that one's payload, and all revisions taken."""
        return [
            {
                "type": kind,
                "key": key,
                "revision": held.current[0],
                "payload": held.taken[held.current].payload,
                "revisions": sorted({revision for revision, _ in held.taken}),
            }
            for (kind, key), held in self._records.items()
            if held.current is not None and record_type in {None, kind}
        ]


def _answer(name: str, status: str, *, reason: str = "", receipt: str = "") -> dict[str, Any]:
    return {"idempotency_key": name, "status": status, "reason": reason, "receipt": receipt}


def _digest(offered: dict[str, Any]) -> str:
    content = [offered["type"], offered["key"], offered["revision"], offered.get("replay", 0), offered["payload"]]
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _form_fault(offered: Any) -> str | None:
    """Return what is wrong with the form of ``offered``; partial records are refused, nothing is guessed."""
    if not isinstance(offered, dict):
        return "a record is an object"
    for name in ("idempotency_key", "type", "key"):
        text = offered.get(name)
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
            return f"{name}: a text of 1 to {MAX_TEXT} characters is needed"
    revision = offered.get("revision")
    if isinstance(revision, bool) or not isinstance(revision, int) or revision < 0:
        return "revision: an integer of 0 or more is needed"
    replay = offered.get("replay", 0)
    if isinstance(replay, bool) or not isinstance(replay, int) or replay < 0:
        return "replay: an integer of 0 or more is needed"
    if not isinstance(offered.get("payload"), dict):
        return "payload: an object is needed"
    return None
