"""A visit with all that formats tell of it, out of the store: facts, registry with names, corrections, cases, tasks.

Promise: what was witnessed is told as it was witnessed, and what people changed stands beside it; people are told as
the registry had them when the visit was. A visit that was withdrawn is told as it last stood. rule: EVIDENCE, PIPL
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from zhendao.gateway.api.reading import EventReader
from zhendao.gateway.cases.book import Book as CaseBook
from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.tables import CASES
from zhendao.gateway.cases.values import Act, Decision
from zhendao.gateway.formats.values import Dossier, Point, Values
from zhendao.gateway.plans.today import Slot, local_day, times_of
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.conclusions import visit_revisions
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.bodies import Check
from zhendao.protocol.vocabulary import Datum

_NOT_TOLD: Final = frozenset({Act.PROPOSED, Act.REFUSED})
"""Acts on corrections that changed nothing."""


class Dossiers:
    """Makes dossiers within one reading of the store."""

    def __init__(self, connection: Connection, store_key: StoreKey, registry: Current, offset_ms: int) -> None:
        """``offset_ms``: how far the local day is ahead of Greenwich's; planned visits go by it."""
        self._connection, self._offset_ms = connection, offset_ms
        self._events = EventReader(connection, store_key)
        self._people = Book(store_key)
        self._cases = CaseBook(store_key)
        self._registry = registry.at(connection)

    def of(self, visit_id: bytes, record: Mapping[str, Any], revision: int, sequence: int) -> Dossier:
        """Return the dossier of a revision that says ``record``. Raises `CryptoError` under another store key."""
        state = record["state"]
        standing = self._last_standing(visit_id, revision) if state == "withdrawn" else record
        plain: dict[str, Any] = {
            "visit.id": visit_id.hex(), "visit.revision": revision, "visit.sequence": sequence, "visit.state": state,
            "visit.withdrawn": state == "withdrawn", "visit.made": self._made_ms(visit_id, revision),
        }  # fmt: skip
        if standing is None:
            return Dossier(plain)
        plain |= self._of_visit(standing)
        calls = tuple(self._calls(standing, plain))
        at_ms = plain["visit.begin"] or plain["visit.end"] or plain["visit.made"] or 0
        plain |= self._of_people(standing, at_ms)
        plain["planned.begin"], plain["planned.end"] = self._planned(standing, at_ms)
        decision, exceptions = self._exceptions(visit_id, standing)
        plain["visit.counts"] = state != "withdrawn" and decision != Decision.UPHELD
        changes = tuple(self._changes(visit_id))
        plain |= self._correction(standing, changes)
        tasks = tuple(self._tasks(visit_id))
        for name, refused in (("tasks.done", False), ("tasks.refused", True)):
            plain[name] = "~".join(one["item.task"] for one in tasks if one["item.refused"] is refused) or None
        return Dossier(plain, {"calls": calls, "changes": changes, "exceptions": exceptions, "tasks": tasks})

    def _last_standing(self, visit_id: bytes, before: int) -> Mapping[str, Any] | None:
        query = (
            select(visit_revisions.c.record)
            .where(visit_revisions.c.visit_id == visit_id, visit_revisions.c.revision < before)
            .order_by(visit_revisions.c.revision.desc())
        )
        return next((one for one in self._connection.execute(query).scalars() if one["state"] != "withdrawn"), None)

    def _made_ms(self, visit_id: bytes, revision: int) -> int | None:
        found = visit_revisions.c
        query = select(found.made_ms).where(found.visit_id == visit_id, found.revision == revision)
        made_ms: int | None = self._connection.execute(query).scalar()
        return made_ms

    @staticmethod
    def _of_visit(record: Mapping[str, Any]) -> dict[str, Any]:
        witnessed = {side: _known_ms(record.get(side)) for side in ("in", "out")}
        correction = record.get("correction") or {}
        counts = bool(correction.get("counts"))
        adjusted = {name: correction.get(f"{name}_ms") if counts else None for name in ("begin", "end")}
        begin = witnessed["in"] if adjusted["begin"] is None else adjusted["begin"]
        end = witnessed["out"] if adjusted["end"] is None else adjusted["end"]
        opinion = record.get("opinion") or {}
        return {
            "visit.begin": begin, "visit.end": end, "visit.duration_s": record.get("duration_s"),
            "visit.complete": begin is not None and end is not None,
            "visit.corrected": counts, "visit.adjusted_begin": adjusted["begin"],
            "visit.adjusted_end": adjusted["end"],
            "visit.consented": bool(opinion.get("consent")), "visit.score": opinion.get("score"),
            "visit.flags": " ".join(one["flag"] for one in record.get("flags", ())) or None,
            "visit.place": record.get("placement"),
        }  # fmt: skip

    def _calls(self, record: Mapping[str, Any], plain: dict[str, Any]) -> Iterator[Values]:
        """Give the checks of the visit, and put what they say of its two sides into ``plain``."""
        for which in ("in", "out"):
            side = record.get(which)
            plain[f"{which}.present"] = side is not None
            if side is None:
                continue
            device = bytes.fromhex(side.get("device", record["device"]))
            told = {
                "id": side["h"], "at": _known_ms(side), "point": self._point(device, side), "method": "fixed",
                "verdict": side["location"]["answer"], "device": device.hex(),
                "elsewhere": "approved_place_id" in side["location"],
            }  # fmt: skip
            plain |= {f"{which}.{name}": value for name, value in told.items()}
            if told["at"] is not None:
                yield {f"item.{name}": value for name, value in told.items()} | {
                    "item.direction": which, "item.seq": side["seq"],
                }  # fmt: skip

    def _point(self, device: bytes, side: Mapping[str, Any]) -> Point | None:
        """Return the fix that the terminal signed with the check."""
        of, epoch, h = events.c, bytes.fromhex(side["epoch"]), bytes.fromhex(side["h"])
        query = select(of.device, of.epoch, of.seq, of.suite, of.start, of.sealed).where(
            of.device == device, of.epoch == epoch, of.seq == side["seq"], of.h == h
        )
        row = self._connection.execute(query).first()
        event = None if row is None else self._events.open(row)
        if event is None or not isinstance(event.body, Check) or event.body.fix is None:
            return None
        fix = event.body.fix
        return Point(fix.lat_e7, fix.lon_e7, fix.datum)

    def _of_people(self, record: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
        elder, caregiver = (
            self._person(sheet, record.get(key), at_ms)
            for sheet, key in (("elders", "elder_id"), ("caregivers", "caregiver_id"))
        )
        home = self._person("places", elder.get("place_id"), at_ms)
        own = self._person("organisations", caregiver.get("organisation"), at_ms)
        service = self._person("services", record.get("service"), at_ms)
        place = record.get("place_id")
        here = None if place is None else self._registry.place(place, at_ms)
        named = ("name", "phone", "care_level", "ability", "payer", "household")
        giver = ("name", "phone", "sex", "born", "employed_on", "occupation")
        point = Point(home["lat_e7"], home["lon_e7"], Datum(home["datum"])) if home else None
        return {
            "elder.id": record.get("elder_id"), **{f"elder.{one}": elder.get(one) for one in named},
            "elder.address": home.get("address"), "elder.point": point, "elder.region": home.get("region"),
            "caregiver.id": record.get("caregiver_id"), **{f"caregiver.{one}": caregiver.get(one) for one in giver},
            "organisation.id": caregiver.get("organisation"), "organisation.title": own.get("title"),
            "organisation.licence": own.get("licence"),
            "service.code": record.get("service"), "service.title": service.get("title"),
            "visit.region": None if here is None else here.region,
        }  # fmt: skip

    def _planned(self, record: Mapping[str, Any], at_ms: int) -> tuple[int | None, int | None]:
        """Return when the visit was agreed to be: of what these two have that day, the nearest to when it began."""
        elder, caregiver = record.get("elder_id"), record.get("caregiver_id")
        if elder is None or caregiver is None:
            return None, None
        day = local_day(at_ms, self._offset_ms)
        spans = [
            span
            for one in self._registry.schedules_with(elder)
            if one.row.caregiver_id == caregiver and one.row.hours and one.holds_at(at_ms)
            for span in times_of(Slot(elder, caregiver, one.row.days, one.row.hours, one.from_ms, one.to_ms), day)
        ]
        return min(spans, key=lambda span: abs(span[0] - at_ms), default=(None, None))

    def _person(self, sheet: str, key: str | None, at_ms: int) -> dict[str, Any]:
        """Return the row of the registry about ``key`` that held at that moment, with what is personal."""
        if key is None:
            return {}
        found = self._people.about(self._connection, sheet, key, at_ms)
        return {**found[-1][0].values, **found[-1][1]} if found else {}

    def _exceptions(self, visit_id: bytes, record: Mapping[str, Any]) -> tuple[str | None, tuple[Values, ...]]:
        """Return how the case of the visit was decided, and what is odd about the visit."""
        case = self._connection.execute(select(CASES).where(CASES.c.visit_id == visit_id)).first()
        words = dict.fromkeys(one["flag"] for one in record.get("flags", ()))
        if case is None:
            return None, tuple(_exception(word) for word in words)
        settled = set(case.settled.split()) if case.decision == Decision.ACKNOWLEDGED else set()
        words |= dict.fromkeys((*case.kinds.split(), *sorted(settled)))
        reason = REASONS.get(case.reason or "")
        told = None if reason is None else reason.text.en
        return case.decision, tuple(
            _exception(word, reason=told if word in settled else None, acknowledged=word in settled) for word in words
        )

    def _changes(self, visit_id: bytes) -> Iterator[Values]:
        """Give the acts that changed a time of the visit, or took a change back, in order."""
        proposals: dict[int, Any] = {}
        for one in self._cases.deeds(self._connection, visit_id=visit_id):
            deed = one.deed
            if deed.wanted is not None:
                proposals[deed.number] = deed
            if deed.act in _NOT_TOLD or deed.number not in proposals:
                continue
            first = proposals[deed.number]
            reason = REASONS.get(first.wanted.reason)
            memo = "; ".join(word for word in (first.memo, first.wanted.attested, deed.memo) if word)
            yield {
                "item.number": one.id, "item.act": deed.act.value, "item.by": first.by, "item.at": deed.at_ms,
                "item.reason": first.wanted.reason, "item.code": None if reason is None else reason.sandata,
                "item.memo": memo or None, "item.correction": deed.number,
            }  # fmt: skip

    @staticmethod
    def _correction(record: Mapping[str, Any], changes: tuple[Values, ...]) -> dict[str, Any]:
        """Return the correction that the visit is computed with."""
        number = (record.get("correction") or {}).get("number")
        last = next((one for one in reversed(changes) if one["item.correction"] == number), None)
        if last is None or not record["correction"]["counts"]:
            return {}
        told = {"number": number, "attested": None}
        told |= {name: last[f"item.{name}"] for name in ("reason", "code", "memo", "by", "at")}
        return {f"correction.{name}": value for name, value in told.items()}

    def _tasks(self, visit_id: bytes) -> Iterator[Values]:
        for last in self._cases.tasks(self._connection, visit_id)[:1]:
            yield from ({"item.task": one, "item.refused": False, "item.why": None} for one in last.done)
            yield from ({"item.task": one.task, "item.refused": True, "item.why": one.why} for one in last.refused)


def _known_ms(side: Mapping[str, Any] | None) -> int | None:
    """Return when a check was, None where nobody knows."""
    return None if side is None or side["bound_ms"] is None else int(side["at_ms"])


def _exception(word: str, *, reason: str | None = None, acknowledged: bool = False) -> Values:
    return {"item.word": word, "item.acknowledged": acknowledged, "item.reason": reason}
