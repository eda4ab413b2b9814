"""What an Alternate EVV aggregator takes and refuses, record by record and field by field. Pure.

Promise: of one record a number equal to one that was seen is refused, a lower one that was not is history, a refused
number counts as seen; people go before visits; a call that was taken is never altered; exceptions are computed anew
with each record. The rules are those that the field publishes, told independently of whoever sends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import available_timezones

from zhendao.simulators.aggregators.published import CALL, CHANGE, Names

Record = Mapping[str, Any]
MOST: Final = 5_000
_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NAME: Final = re.compile(r"[A-Za-z .'-]{1,30}")
_SHORT_S: Final = 3_600


@dataclass(slots=True)
class Kept:
    """One thing: its versions by number, the numbers that were seen, and what is odd about it now."""

    versions: dict[int, Record] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    exceptions: list[str] = field(default_factory=list)
    status: str = ""

    @property
    def current(self) -> Record:
        """The version with the highest number."""
        return self.versions[max(self.versions)]


@dataclass(slots=True)
class Intake:
    """What was taken, by endpoint and key; ``missing``: clients and employees that the aggregator does not know."""

    names: Names
    kept: dict[str, dict[str, Kept]] = field(default_factory=lambda: {"clients": {}, "employees": {}, "visits": {}})
    missing: set[str] = field(default_factory=set)
    calls: dict[str, str] = field(default_factory=dict)

    def take(self, endpoint: str, record: Record) -> list[str]:
        """Take one record; return why it was refused, nothing where it was taken."""
        key = record.get(self.names.key[endpoint])
        number = record.get("SequenceID")
        if not isinstance(key, str) or not key:
            return [f"{self.names.key[endpoint]} is required"]
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**16:
            return ["SequenceID is required and has at most 16 digits"]
        one = self.kept[endpoint].setdefault(key, Kept())
        if number in one.seen:
            return [f"Duplicate SequenceID {number}"]
        one.seen.add(number)
        faults = [f"{name} is not a field" for name in sorted(set(record) - self.names.fields[endpoint])]
        faults += self._visit(record) if endpoint == "visits" else self._person(endpoint, key, record)
        if not faults:
            one.versions[number] = record
            if endpoint == "visits":
                self._compute(one)
        return faults

    def _person(self, endpoint: str, key: str, record: Record) -> list[str]:
        first, last = self.names.first[endpoint]
        faults = [f"{name} is invalid" for name in (first, last) if not _NAME.fullmatch(str(record.get(name, "")))]
        for part, inner in self.names.parts.items():
            if part in record:
                faults += _part(part, record[part], inner)
        return [*faults, *([f"{endpoint[:-1]} {key} has no eligibility"] if key in self.missing else [])]

    def _visit(self, record: Record) -> list[str]:
        names = self.names
        faults = []
        for endpoint, name in (("clients", names.client), ("employees", names.employee)):
            known = self.kept[endpoint].get(str(record.get(name)))
            if known is None or not known.versions:
                faults.append(f"{'Client' if endpoint == 'clients' else 'Employee'} not found: {record.get(name)}")
        if record.get(names.zone) not in available_timezones():
            faults.append(f"{names.zone} is invalid")
        faults += [
            f"{name} must be YYYY-MM-DDTHH:MM:SSZ"
            for name in ("AdjInDateTime", "AdjOutDateTime")
            if name in record and not _is_moment(record[name])
        ]
        if not isinstance(record.get("BillVisit"), bool):
            faults.append("BillVisit is required")
        calls = record.get("Calls") or []
        if calls and record.get("VisitCancelledIndicator"):
            faults.append("A visit with calls cannot be cancelled")
        for call in calls:
            faults += self._call(call)
        for change in record.get("VisitChanges") or []:
            faults += _change(change)
        if ({"AdjInDateTime", "AdjOutDateTime"} & set(record)) and not record.get("VisitChanges"):
            faults.append("Adjusted times need VisitChanges")
        return faults + ([] if faults else self._order(record))

    def _call(self, call: Record) -> list[str]:
        faults = [f"Calls.{name} is not a field" for name in sorted(set(call) - CALL)]
        own, at = call.get("CallExternalID"), call.get("CallDateTime")
        if not isinstance(own, str) or not 0 < len(own) <= 16:  # noqa: PLR2004 - as published
            return [*faults, "Calls.CallExternalID has at most 16 characters"]
        if not _is_moment(at):
            return [*faults, "Calls.CallDateTime must be YYYY-MM-DDTHH:MM:SSZ"]
        if call.get("CallType") not in self.names.call_type or call.get("CallAssignment") not in self.names.assignment:
            faults.append("Calls: CallType or CallAssignment is invalid")
        for name, most in (("CallLatitude", 90), ("CallLongitude", 180)):
            if name in call and not (isinstance(call[name], int | float) and -most <= call[name] <= most):
                faults.append(f"Calls.{name} is invalid")
        if self.calls.setdefault(own, str(at)) != at:
            faults.append(f"Call {own} was submitted already and cannot be altered")
        return faults

    def _order(self, record: Record) -> list[str]:
        """Out after in, adjusted or not."""
        came, left = self.times(record)
        starts = [one for one in (came, _moment(record.get("AdjInDateTime"))) if one is not None]
        ends = [one for one in (left, _moment(record.get("AdjOutDateTime"))) if one is not None]
        return ["Out must be after in"] if any(end <= start for start in starts for end in ends) else []

    def times(self, record: Record) -> tuple[datetime | None, datetime | None]:
        """Return when the calls say that somebody came and left."""
        found = []
        for which in self.names.assignment:
            said = [_moment(one["CallDateTime"]) for one in record.get("Calls") or () if one["CallAssignment"] == which]
            found.append(said[0] if said else None)
        return found[0], found[1]

    def _compute(self, one: Kept) -> None:
        """Compute exceptions and status of a visit anew."""
        record = one.current
        came, left = self.times(record)
        came, left = _moment(record.get("AdjInDateTime")) or came, _moment(record.get("AdjOutDateTime")) or left
        found = [] if record.get("Calls") else ["2"]
        found += ["3"] if came is None else []
        found += ["4"] if left is None else []
        if came is not None and left is not None and (left - came).total_seconds() < _SHORT_S:
            found.append("20")
        settled = {
            str(said["ExceptionID"])
            for said in record.get("VisitExceptionAcknowledgement") or ()
            if said.get("ExceptionAcknowledged") is True
        }
        one.exceptions = [word for word in found if word not in settled]
        one.status = "Omit" if record["BillVisit"] is False else "Incomplete" if one.exceptions else "Verified"


def _part(part: str, items: Any, inner: frozenset[str]) -> list[str]:
    if not isinstance(items, list) or not items or not all(isinstance(one, dict) for one in items):
        return [f"{part} is an array of objects"]
    return [f"{part}.{name} is not a field" for name in sorted({name for one in items for name in one} - inner)]


def _change(change: Record) -> list[str]:
    faults = [f"VisitChanges.{name} is not a field" for name in sorted(set(change) - CHANGE)]
    if not _is_moment(change.get("ChangeDateTime")) or not 0 < len(str(change.get("ReasonCode", ""))) <= 4:  # noqa: PLR2004
        faults.append("VisitChanges: ChangeDateTime and ReasonCode are required")
    if len(str(change.get("ChangeReasonMemo", ""))) > 256:  # noqa: PLR2004 - as published
        faults.append("VisitChanges.ChangeReasonMemo is too long")
    return faults


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _UTC.fullmatch(value) is not None and _moment(value) is not None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if value else None
    except (TypeError, ValueError):
        return None
