"""Files that are handed over hold what was owed, whatever it says, and no cell of them is a formula."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from zhendao.gateway.forward import settings
from zhendao.gateway.forward.errors import BatchRefusedError
from zhendao.gateway.forward.forms import FORMS, HEAD, LONGEST_CELL, as_csv, as_json_lines, as_spreadsheet
from zhendao.gateway.forward.record import Letter, Record

LEAF = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9)
PAYLOAD = st.dictionaries(
    st.sampled_from(["名", "at_ms", "place"]), LEAF | st.lists(LEAF, max_size=2) | st.dictionaries(st.just("lat"), LEAF)
)


def letter(payload: dict[str, Any], number: int = 1) -> Letter:
    return Letter(Record(number, "visit", f"v/{number}", 2, 1), json.dumps(payload, ensure_ascii=False))


@given(st.lists(PAYLOAD, min_size=1, max_size=4))
def test_any_records_come_out_as_they_went_in(payloads: list[dict[str, Any]]) -> None:
    letters = [letter(one, number) for number, one in enumerate(payloads)]
    read = [json.loads(line) for line in as_json_lines(letters).splitlines()]
    assert [one["payload"] for one in read] == payloads
    assert read[0]["idempotency_key"] == "visit/v%2F0/2.1"
    rows = list(csv.DictReader(io.StringIO(as_csv(letters).decode("utf-8-sig"), newline="")))
    assert [row["key"] for row in rows] == [one.record.key for one in letters]
    for row, payload in zip(rows, payloads, strict=True):
        name = payload.get("名")
        if isinstance(name, str) and not name.startswith(("=", "+", "-", "@", "\t", "\r")):
            assert row["payload.名"] == name
    (_, *lines) = load_workbook(io.BytesIO(as_spreadsheet(letters))).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert [line[: len(HEAD)] for line in lines] == [
        (one.record.idempotency_key, "visit", one.record.key, 2, 1) for one in letters
    ]


def test_nested_values_are_columns_with_dotted_names_and_lists_are_json() -> None:
    rows = csv.DictReader(
        io.StringIO(
            as_csv([letter({"place": {"lat": 31.2, "ok": True}, "flags": ["late"], "n": 2**60})]).decode("utf-8-sig")
        )
    )
    (row,) = rows
    assert (row["payload.place.lat"], row["payload.place.ok"], row["payload.flags"]) == ("31.2", "true", '["late"]')
    assert row["payload.n"] == str(2**60)


def test_no_cell_is_a_formula() -> None:
    letters = [letter({"memo": '=HYPERLINK("http://x")'}), letter({"memo": "＝1"})]
    said = as_csv(letters).decode("utf-8-sig")
    assert "'=HYPERLINK" in said
    assert "'＝1" in said
    sheet = load_workbook(io.BytesIO(as_spreadsheet(letters))).active
    assert sheet is not None
    assert [cell.data_type for cell in list(sheet.iter_rows())[1]] == ["s", "s", "s", "n", "n", "s"]


def test_a_text_that_no_cell_can_hold_is_refused_and_not_cut() -> None:
    with pytest.raises(BatchRefusedError, match="413"):
        as_spreadsheet([letter({"memo": "x" * (LONGEST_CELL + 1)})])


def test_the_settings_name_the_forms_that_there_are() -> None:
    assert set(settings.FORMS) == set(FORMS)
