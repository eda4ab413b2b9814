"""From the list of caregivers (护理员信息清单) to rows of the registry, and back. Pure.

Promise: the list says how things stand at a moment: whoever it says something new of gets a row from that moment, and
the row that held ends there, so the history stays; what it leaves empty, and whom it leaves out, stays as it was.
A person is known by name and phone, an organisation by its name. rule: ROSTER, BINDING.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zhendao.command.roster.caregiver_list import CAREGIVER_LIST, OF_THE_ORGANISATION, OF_THE_PERSON
from zhendao.command.roster.check import Row
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import BY_NAME, Sheet
from zhendao.protocol.wording import Text

_CAREGIVERS, _ORGANISATIONS = BY_NAME["caregivers"], BY_NAME["organisations"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Valid days of a caregiver in the last month and the last week, whether they are enough, and yesterday's words."""

    month_days: int = 0
    month_valid: bool = False
    week_days: int = 0
    week_valid: bool = False
    yesterday: str | None = None

    def cells(self) -> dict[str, str]:
        """Return them as the list has them."""
        return {
            "month_days": str(self.month_days),
            "month_valid": _YES if self.month_valid else _NO,
            "week_days": str(self.week_days),
            "week_valid": _YES if self.week_valid else _NO,
            "yesterday": self.yesterday or "未打卡",
        }


_YES, _NO = "是", "否"
_NONE: Final = Figures()


@dataclass(slots=True)
class Compared:
    """Rows to load so that the registry says what the list says, and what of the list cannot be taken."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def compare(
    listed: Iterable[Row],
    caregivers: Iterable[Row],
    organisations: Iterable[Row],
    *,
    from_ms: int,
    tenant: str,
    new_id: Callable[[str, str], str],
) -> Compared:
    """Return what makes ``caregivers`` and ``organisations`` (rows that hold at ``from_ms``, UTC ms) say the list.

    ``new_id``: the number of a person who is not registered, from name and phone.
    """
    found, known = Compared(), _by(caregivers, lambda values: (values["name"], values["phone"]))
    firms = _Firms(found, {row.values["title"]: row for row in organisations}, from_ms, tenant)
    seen: dict[tuple[str, str | None], Row] = {}
    for one in listed:
        values = one.values
        who = (values["name"], values["phone"])
        if (again := told_before(one, seen)) is not None:
            found.problems.append(again)
            continue
        if len(known[who]) > 1:
            what = Text("登记中有几人同名同号", "several who are registered have this name and phone")
            cure = Text("用 registry load 按编号更改", "change them by their numbers, with registry load")
            found.problems.append(one.problem("name", what, cure))
            continue
        said = {name: values[name] for name in OF_THE_PERSON} | {"organisation": firms.number(one)}
        before = known[who][0] if known[who] else None
        number = new_id(who[0], who[1] or "")
        blank = {"caregiver_id": number, "name": who[0], "phone": who[1], "tenant": tenant}
        found.rows += _changed(one, _CAREGIVERS, before, blank, said, from_ms)
    return found


def told_before(one: Row, seen: dict[tuple[str, str | None], Row]) -> Problem | None:
    """Return what is wrong with a row of the list whose person another one told of; note in ``seen`` that this did."""
    first = seen.setdefault((one.values["name"], one.values["phone"]), one)
    if first is one:
        return None
    what = Text(f"与第 {first.line} 行是同一人", f"is the person of line {first.line}")
    return one.problem("name", what, Text("删去其中一行", "remove one of them"))


class _Firms:
    """The organisations that the list names, each taken once."""

    def __init__(self, found: Compared, known: Mapping[str, Row], from_ms: int, tenant: str) -> None:
        self._found, self._known, self._from_ms, self._tenant = found, known, from_ms, tenant
        self._said: dict[str, tuple[Row, dict[str, Any]]] = {}

    def number(self, one: Row) -> str | None:
        """Return the number of the organisation that ``one`` names; take what is said of it."""
        title = one.values["organisation"]
        if title is None:
            return None
        said = {name: one.values[name] for name in OF_THE_ORGANISATION}
        before = self._known.get(title)
        if title in self._said:
            self._compare(one, *self._said[title], said)
        elif before is None and said["type"] is None:
            what = Text(f"机构 {title} 尚未登记，须写明类型", f"{title} is not registered: its type is needed")
            self._found.problems.append(one.problem("type", what, Text("填写机构类型", "fill in the type")))
        else:
            blank = {"organisation": title, "title": title, "tenant": self._tenant}
            self._found.rows += _changed(one, _ORGANISATIONS, before, blank, said, self._from_ms)
        self._said.setdefault(title, (one, said))
        return title if before is None else str(before.values["organisation"])

    def _compare(self, one: Row, first: Row, before: dict[str, Any], said: dict[str, Any]) -> None:
        for name in OF_THE_ORGANISATION:
            if said[name] is not None and said[name] != before[name]:
                what = Text(f"与第 {first.line} 行所写不同", f"is not what line {first.line} says of it")
                cure = Text("同一机构写法应一致", "say the same of the same organisation")
                self._found.problems.append(one.problem(name, what, cure))


def _changed(
    one: Row,
    sheet: Sheet,
    before: Row | None,
    blank: Mapping[str, Any],
    said: Mapping[str, Any],
    from_ms: int,
) -> list[Row]:
    """Return the rows after which ``said`` holds from ``from_ms``; none where it holds already.

    ``blank``: what a row says beside that where there is none ``before``.
    """

    def row(values: Mapping[str, Any]) -> Row:
        return Row(sheet, values, one.file, one.line, one.headers)

    new = {name: value for name, value in said.items() if value is not None}
    if before is None:
        empty = {column.name: None for column in sheet.columns}
        return [row({**empty, **blank, **new, "valid_from": from_ms})]
    if all(before.values[name] == value for name, value in new.items()):
        return []
    begun = row({**before.values, **new, "valid_from": from_ms})
    if before.values["valid_from"] == from_ms:
        return [begun]
    return [row({**before.values, "valid_to": from_ms}), begun]


def _by(rows: Iterable[Row], key: Callable[[Mapping[str, Any]], Any]) -> defaultdict[Any, list[Row]]:
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row.values)].append(row)
    return found


def listing(caregivers: Iterable[Row], organisations: Iterable[Row], figures: Mapping[str, Figures]) -> Sequence[Row]:
    """Return the list of ``caregivers``, by region, organisation and number.

    ``figures`` by number of the caregiver; of whom there are none there was no check-in.
    """
    firms = {row.values["organisation"]: row.values for row in organisations}
    found = []
    for row in caregivers:
        values = row.values
        cells = listed(values, firms.get(values["organisation"]), figures.get(values["caregiver_id"]))
        order = (cells["region"] or "", cells["organisation"] or "", values["caregiver_id"])
        found.append((order, Row(CAREGIVER_LIST, cells)))
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def listed(values: Mapping[str, Any], firm: Mapping[str, Any] | None, figures: Figures | None) -> dict[str, Any]:
    """Return what the list says of a caregiver: of her row, that of her organisation, and her figures, if any."""
    cells: dict[str, Any] = {column.name: None for column in CAREGIVER_LIST.columns}
    cells |= {name: values[name] for name in (*OF_THE_PERSON, "name", "phone")}
    cells |= {name: (firm or {}).get(name) for name in OF_THE_ORGANISATION}
    cells |= (figures or _NONE).cells()
    cells["organisation"] = values["organisation"] if firm is None else firm["title"]
    return cells
