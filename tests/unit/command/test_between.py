"""What is said of many rows at once is what looking at each of them says; a cell says the same wherever it stands."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.roster import between
from zhendao.command.roster.cells import CellError
from zhendao.command.roster.check import Row, check_rows
from zhendao.command.roster.files import RawRow, RawSheet
from zhendao.command.roster.sheets import BY_NAME
from zhendao.protocol.vocabulary import Role

IDS = st.sampled_from(["A", "B", "C"])
TIMES = st.tuples(st.integers(0, 3), st.none() | st.integers(4, 6))


def row(sheet: str, number: int, times: tuple[int, int | None], **said: Any) -> Row:
    values = dict.fromkeys([column.name for column in BY_NAME[sheet].columns]) | said
    return Row(BY_NAME[sheet], values | {"valid_from": times[0], "valid_to": times[1]}, f"{sheet}.csv", number, {})


@st.composite
def registries(draw: st.DrawFn) -> list[Row]:
    rows = []
    for number in range(draw(st.integers(0, 6))):
        times = draw(TIMES)
        match draw(st.sampled_from(["elders", "caregivers", "bindings", "tokens", "regions", "places"])):
            case "elders":
                rows.append(row("elders", number, times, elder_id=draw(IDS), place_id=draw(st.none() | IDS)))
            case "caregivers":
                rows.append(row("caregivers", number, times, caregiver_id=draw(IDS), region=draw(st.none() | IDS)))
            case "bindings":
                rows.append(row("bindings", number, times, caregiver_id=draw(IDS), elder_id=draw(IDS)))
            case "places":
                rows.append(row("places", number, times, place_id=draw(IDS)))
            case "regions":
                said = {"region": draw(IDS), "level": draw(st.integers(1, 3)), "parent": draw(st.none() | IDS)}
                rows.append(row("regions", number, times, **said))
            case _:
                role, holder = draw(st.sampled_from([Role.DOOR, Role.CAREGIVER, Role.ENGINEER])), draw(IDS)
                name, uid = draw(st.none() | st.sampled_from([b"1", b"2"])), draw(st.sampled_from([b"3", b"4"]))
                rows.append(row("tokens", number, times, token_id=name, uid=uid, role=role, holder_id=holder))
    return rows


def one_by_one(rows: list[Row]) -> set[tuple[tuple[str, int] | None, str]]:
    """Return which rows have something wrong with them, each held against every other."""
    wrong: set[tuple[tuple[str, int] | None, str]] = set()
    listed = {name: {one.values[sheet.key[0]] for one in rows if one.sheet is sheet} for name, sheet in BY_NAME.items()}
    for at, one in enumerate(rows):
        place = (one.file or "", one.line or 0)
        for other in rows[:at]:
            if other.sheet is one.sheet and other.identity == one.identity:
                wrong.add((place, "says again"))
        for column, table in between._referring(one):
            value = one.values[column.name]
            kept = listed[table] or table not in between.ONLY_WHERE_LISTED
            if kept and value is not None and value not in listed[table]:
                wrong.add((place, "not in the table"))
    return wrong


@given(registries())
def test_sets_of_a_table_say_what_its_rows_say(rows: list[Row]) -> None:
    told = [(one.row, one.what.en) for one in between.check_together(rows, rows)]
    found = {(place, word) for place, said in told for word in ("says again", "not in the table") if word in said}
    assert found == one_by_one(rows)
    held: dict[Any, list[Row]] = {}
    for one in rows:
        for name, key in between._looked_up_by(one):
            held.setdefault((one.sheet.name, name, key), []).append(one)
    meet = any(
        between._meet(*sorted((one, other), key=lambda row: row.values["valid_from"]))
        for several in held.values()
        for at, one in enumerate(several)
        for other in several[:at]
        if one.identity != other.identity
    )
    assert any("holds at the same time" in said for _, said in told) == meet


CELLS = st.sampled_from(["2026-01-01", "2026-02-01", "", "x", "1", "自理", "介护", "A" * 70]) | st.sampled_from(
    [1, 1.0, True, 0]
)


@pytest.mark.parametrize("sheet", ["elders", "services", "caregivers"])
@given(data=st.data())
def test_a_cell_says_the_same_wherever_it_stands(sheet: str, data: st.DataObject) -> None:
    names = [column.name for column in BY_NAME[sheet].columns]
    cells = data.draw(
        st.lists(st.dictionaries(st.sampled_from(names), CELLS.filter(lambda one: one != "")), max_size=6)
    )
    raw = RawSheet(BY_NAME[sheet], "a.csv", {}, tuple(RawRow(at, one) for at, one in enumerate(cells)))
    rows, problems = check_rows(raw, UTC, "t")
    wrong = {(one.line, one.column) for one in problems}
    values = {one.line: one.values for one in rows}
    for line, told in enumerate(cells):
        for column in BY_NAME[sheet].columns:
            cell = told.get(column.name)
            if cell is None:
                continue
            try:
                value = column.kind.take(cell, UTC)
            except CellError:
                assert (line, column.name) in wrong
            else:
                assert line not in values or repr(values[line][column.name]) == repr(value)
