"""A clearing house for files of visits: reads what is handed over into a folder, writes files of answers into another.

Promise: a file is read once, when it stands whole under its name; a row counts once for the number of its visit, the
last one read stands; what is wrong is told row by row. Columns and names are those that the field publishes.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

_PART: Final = ".part"
_PLAIN: Final = re.compile(r"[A-Za-z .'-]{1,50}")


@dataclass(frozen=True, slots=True)
class House:
    """What one house takes: names of files, separator, which columns are what, and how it answers."""

    name: re.Pattern[str]
    separator: str
    columns: int
    key: str
    member: str
    caregiver: str
    names: tuple[str, ...]
    times: tuple[str, str]
    form: str
    needed: tuple[str, ...]
    removed: tuple[str, str]
    answer: str
    answer_columns: tuple[str, str]


HHAX: Final = House(
    name=re.compile(r"VISITS_[A-Za-z0-9-]+_\d{14}\.CSV"),
    separator=",",
    columns=96,
    key="Visit ID",
    member="Member ID",
    caregiver="Caregiver Code",
    names=("Member First Name", "Member Last Name", "Caregiver First Name", "Caregiver Last Name"),
    times=("Visit Start Time", "Visit End Time"),
    form="%Y-%m-%d %H:%M",
    needed=("Agency Tax ID", "Payer ID", "Visit ID", "Member ID", "Caregiver Code", "Is Deletion"),
    removed=("Is Deletion", "Y"),
    answer="{stem}_Log.CSV",
    answer_columns=("Visit ID", "Failure Reason"),
)
CAREBRIDGE: Final = House(
    name=re.compile(r"(TEST_)?VISITS_[A-Za-z0-9-]+_[A-Za-z0-9-]+_\d{14}\.CSV"),
    separator="|",
    columns=68,
    key="ApptID",
    member="MemberMedicaidID",
    caregiver="CaregiverID",
    names=("MemberFName", "MemberLName", "CaregiverFName", "CaregiverLName"),
    times=("ApptStartDateTime", "ApptEndDateTime"),
    form="%Y-%m-%dT%H:%M:%SZ",
    needed=("VendorName", "TransactionID", "ProviderID", "ProviderEIN", "ApptID", "TimeZone", "ClaimAction"),
    removed=("ApptCancelled", "C"),
    answer="{stem}_RESPONSE.CSV",
    answer_columns=("ApptID", "ErrorDescription"),
)


@dataclass(slots=True)
class Clearing:
    """A house at work: ``rows`` by the number of the visit, ``read`` names of files; ``missing``: unknown people."""

    house: House
    inbox: Path
    outbox: Path
    rows: dict[str, Mapping[str, str]] = field(default_factory=dict)
    arrivals: dict[str, int] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def look(self) -> list[str]:
        """Read what is new, write the answers; return the names of the files that were read."""
        new = [
            one
            for one in sorted(self.inbox.iterdir())
            if one.name not in self.read and not one.name.endswith(_PART) and self.house.name.fullmatch(one.name)
        ]
        for one in new:
            self._read(one)
        return [one.name for one in new]

    def standing(self) -> dict[str, Mapping[str, str]]:
        """Return the rows that count: those that were not removed."""
        column, word = self.house.removed
        return {key: row for key, row in self.rows.items() if row[column] != word}

    def _read(self, path: Path) -> None:
        text = path.read_text("utf-8")
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=self.house.separator)
        faults: list[tuple[str, str]] = []
        if len(reader.fieldnames or ()) != self.house.columns:
            faults.append(("", f"{self.house.columns} columns are needed"))
        for row in reader:
            key = row.get(self.house.key) or ""
            reasons = self._reasons(row)
            faults += [(key, why) for why in reasons]
            self.arrivals[key] = self.arrivals.get(key, 0) + 1
            if not reasons:
                self.rows[key] = dict(row)
        self.read.append(path.name)
        answer = self.outbox / self.house.answer.replace("{stem}", path.name.rpartition(".")[0])
        lines = [self.house.answer_columns, *faults]
        content = io.StringIO(newline="")
        csv.writer(content, delimiter=self.house.separator, lineterminator="\r\n").writerows(lines)
        whole = answer.with_suffix(_PART)
        whole.write_text(content.getvalue(), "utf-8")
        whole.replace(answer)

    def _reasons(self, row: Mapping[str, str]) -> list[str]:
        house = self.house
        found = [f"{name} is required" for name in house.needed if not row.get(name)]
        found += [f"{name} is invalid" for name in house.names if not _PLAIN.fullmatch(row.get(name) or "")]
        found += ["Member not found"] if row.get(house.member) in self.missing else []
        found += ["Caregiver not found"] if row.get(house.caregiver) in self.missing else []
        try:
            begin, end = (datetime.strptime(row[name], house.form) for name in house.times)  # noqa: DTZ007 - as written
            found += ["End must be after start"] if end <= begin else []
        except (KeyError, ValueError):
            found.append(f"{house.times[0]} or {house.times[1]} is invalid")
        return found
