"""One visit in every format: fields and columns in order, nothing half told, nothing that becomes another cell."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.told import BEGIN_MS, HOUR_MS, NAMES, call, dossier, filled
from zhendao.gateway.formats.day import made
from zhendao.gateway.formats.telling import tell, wanted
from zhendao.gateway.formats.writing import as_file, file_name, response_name


def row(name: str, **more: object) -> dict[str, str]:
    told = tell(filled(name), dossier(**more))
    assert told.faults == []
    return told.rows[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_format_tells_a_whole_visit_and_the_same_each_time(name: str) -> None:
    mapping, one = filled(name), dossier()
    told = tell(mapping, one)
    assert (told.faults, tell(mapping, one).rows) == ([], told.rows)
    assert wanted(mapping, one)


def test_a_visit_in_the_names_of_sandata() -> None:
    changes = (
        {"item.number": 7, "item.act": "approved", "item.by": "王芳", "item.at": BEGIN_MS + 9 * HOUR_MS,
         "item.reason": "no_check_out", "item.code": "04", "item.memo": "老人确认"},
    )  # fmt: skip
    exceptions = (
        {"item.word": "short", "item.acknowledged": True, "item.reason": "asked"},
        {"item.word": "long", "item.acknowledged": False, "item.reason": None},
        {"item.word": "low_rating", "item.acknowledged": True, "item.reason": "asked"},
    )
    tasks = ({"item.task": "助浴", "item.refused": True, "item.why": "不愿意"},)
    lists = {"changes": changes, "exceptions": exceptions, "tasks": tasks}
    (said,) = tell(filled("sandata"), dossier(lists=lists, visit__adjusted_end=BEGIN_MS + 2 * HOUR_MS)).rows
    assert said["ProviderIdentification"] == {"ProviderQualifier": "MedicaidID", "ProviderID": "own-provider-id"}
    assert (said["VisitOtherID"], said["SequenceID"], said["BillVisit"]) == ("5f" * 16, 2000, True)
    assert "AdjInDateTime" not in said
    assert said["AdjOutDateTime"] == "2026-09-22T02:00:00Z"
    first, last = said["Calls"]
    assert (first["CallDateTime"], first["CallAssignment"], first["CallType"]) == (
        "2026-09-22T00:00:00Z",
        "Time In",
        "FVV",
    )
    assert (last["CallDateTime"], last["CallAssignment"]) == ("2026-09-22T01:00:00Z", "Time Out")
    assert len({first["CallExternalID"], last["CallExternalID"]}) == 2
    assert all(len(one["CallExternalID"]) == 16 for one in said["Calls"])
    assert (first["CallLatitude"], first["CallLongitude"]) == (31.1886, 121.4365)
    assert said["VisitExceptionAcknowledgement"] == [{"ExceptionID": "20", "ExceptionAcknowledged": True}]
    assert said["VisitChanges"] == [
        {"SequenceID": 7, "ChangeMadeBy": "Wangfang", "ChangeDateTime": "2026-09-22T09:00:00Z", "ReasonCode": "04",
         "ChangeReasonMemo": "Laorenqueren", "ResolutionCode": "A"}
    ]  # fmt: skip
    assert said["Tasks"] == [{"TaskID": "0099", "TaskRefused": True}]


def test_people_of_sandata_have_names_in_letters_and_places_in_wgs84() -> None:
    mapping = filled("sandata")
    (client,), (employee,) = (tell(mapping, dossier(), what).rows for what in ("elder", "caregiver"))
    assert (client["ClientFirstName"], client["ClientLastName"]) == ("Xiulan", "Wang")
    assert (employee["EmployeeFirstName"], employee["EmployeeLastName"]) == ("Dan", "Ouyang")
    (home,) = client["ClientAddress"]
    assert (home["ClientAddressLatitude"], home["ClientAddressLongitude"]) == (
        pytest.approx(31.18845, abs=2e-4), pytest.approx(121.4365, abs=3e-4),
    )  # fmt: skip


def test_ohio_has_its_own_names_and_call_type() -> None:
    (said,) = tell(filled("sandata-ohio"), dossier()).rows
    assert (said["BusinessEntityID"], said["PatientOtherID"], said["StaffOtherID"]) == (
        "own-provider-id",
        "E001",
        "C001",
    )
    assert [(one["CallType"], one["CallAssignment"]) for one in said["Calls"]] == [
        ("Other", "Call In"), ("Other", "Call Out"),
    ]  # fmt: skip


def test_hhax_keeps_apart_what_was_witnessed_and_what_was_corrected() -> None:
    said = row(
        "hhax", visit__end=BEGIN_MS + 2 * HOUR_MS, visit__corrected=True, correction__reason="no_check_out",
        correction__by="王芳",
    )  # fmt: skip
    assert (said["EVV Start Time"], said["EVV End Time"]) == ("2026-09-21 20:00", "2026-09-21 21:00")
    assert (said["Visit Start Time"], said["Visit End Time"]) == ("2026-09-21 20:00", "2026-09-21 22:00")
    assert (said["Visit Edit Reason Code"], said["Visit Edit Action Taken"], said["Visit Edit Made By"]) == (
        "209", "19", "Wangfang",
    )  # fmt: skip
    assert (said["Is Deletion"], said["Caregiver Gender"], said["Caregiver Date of Birth"]) == (
        "N",
        "Female",
        "1970-02-28",
    )


def test_a_withdrawn_visit_is_deleted_where_a_format_can_and_left_out_where_it_cannot() -> None:
    gone = {"visit__withdrawn": True, "visit__counts": False, "visit__state": "withdrawn"}
    assert row("hhax", **gone)["Is Deletion"] == "Y"
    assert row("carebridge", **gone)["ApptCancelled"] == "C"
    assert row("example-ltci", **gone)["作废标志"] == "1"
    assert tell(filled("sandata"), dossier(**gone)).rows[0]["BillVisit"] is False
    assert not wanted(filled("zkteco"), dossier(**gone))


def test_a_check_is_a_line_of_an_attendance_terminal() -> None:
    mapping = filled("zkteco")
    rows = tell(mapping, dossier()).rows
    assert as_file(mapping, rows).decode() == (
        "0F0F0F0F0F0F0F0F0F0F\tC001\t2026-09-22 08:00:00\t0\t2\t0\t0\t0\n"
        "0F0F0F0F0F0F0F0F0F0F\tC001\t2026-09-22 09:00:00\t1\t2\t0\t0\t0\n"
    )


def test_a_local_platform_is_a_file_alone_in_its_own_map() -> None:
    mapping = filled("example-ltci")
    rows = tell(mapping, dossier()).rows
    lines = list(csv.reader(io.StringIO(as_file(mapping, rows).decode("gb18030"))))
    said = dict(zip(lines[0], lines[1], strict=True))
    assert (said["参保人姓名"], said["服务项目"], said["服务分钟"], said["签到时间"]) == (
        "王秀兰",
        "HL01",
        "60",
        "2026-09-22 08:00:00",
    )
    assert float(said["签到经度"]) == pytest.approx(121.441, abs=1e-3)


@pytest.mark.parametrize("name", ["hhax", "carebridge"])
def test_columns_stand_in_the_order_of_the_file_and_none_is_lost(name: str) -> None:
    mapping = filled(name)
    said = as_file(mapping, tell(mapping, dossier()).rows).decode()
    header, line = said.split("\r\n")[:2]
    columns = [one.name for one in mapping.fields["visit"]]
    assert header.split(mapping.file.separator) == columns
    assert line.count(mapping.file.separator) == len(columns) - 1


def test_what_is_required_and_missing_or_too_long_is_named_and_nothing_is_told() -> None:
    mapping = filled("hhax")
    assert [str(one) for one in tell(mapping, dossier(elder__id=None)).faults] == [
        "Member ID: is required, and there is no value"
    ]
    (fault,) = tell(mapping, dossier(caregiver__id="x" * 21)).faults
    assert (fault.name, fault.why.en) == ("Caregiver Code", "21 characters, 20 at most")
    day = made(mapping, [dossier(elder__id="E", caregiver__id="x" * 21), dossier()], BEGIN_MS)
    assert (len(day.rows), [visit for visit, _ in day.faults]) == (1, ["5f" * 16])


def test_what_cannot_be_converted_is_a_fault_of_its_field() -> None:
    (fault,) = tell(filled("hhax"), dossier(caregiver__born="28.2.1970")).faults
    assert (fault.name, "cannot be converted" in fault.why.en) == ("Caregiver Date of Birth", True)
    (fault,) = tell(filled("sandata"), dossier(visit__adjusted_end=10**18)).faults
    assert fault.name == "AdjOutDateTime"


def test_a_visit_that_a_format_does_not_have_is_not_wanted() -> None:
    open_one = dossier(calls=(call("in", BEGIN_MS),), visit__end=None, visit__complete=False, visit__state="open")
    assert not wanted(filled("hhax"), open_one)
    assert wanted(filled("sandata"), open_one)
    assert not wanted(filled("sandata"), dossier(elder__id=None))
    assert len(tell(filled("sandata"), open_one).rows[0]["Calls"]) == 1


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_no_word_of_a_person_becomes_another_column_or_line(words: str) -> None:
    for name in ("carebridge", "hhax"):
        mapping = filled(name)
        told = tell(mapping, dossier(tasks__done=words, caregiver__id="C1"))
        content = as_file(mapping, told.rows).decode("utf-8", "replace")
        separator = mapping.file.separator
        if mapping.file.quoted:
            lines = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
        else:
            lines = [one.split(separator) for one in content.split("\r\n")[:-1]]
        assert [len(one) for one in lines] == [len(mapping.fields["visit"])] * 2


def test_names_of_files_and_of_their_answers() -> None:
    mapping = filled("hhax")
    name = file_name(mapping, BEGIN_MS, test=False)
    assert name == "VISITS_own-tax-id_20260922000000.CSV"
    assert response_name(mapping, name) == "VISITS_own-tax-id_20260922000000_Log.CSV"
    bridge = filled("carebridge")
    assert file_name(bridge, BEGIN_MS, test=True).startswith("TEST_VISITS_own-state_own-tax-id_")
    evil = bridge.with_own({"state": "../../x"})
    assert "/" not in file_name(evil, BEGIN_MS, test=False)


def test_a_tree_is_json() -> None:
    mapping = filled("sandata")
    day = made(mapping, [dossier(), replace(dossier(visit__id="60" * 16))], BEGIN_MS)
    whole = json.loads(day.content(mapping))
    assert ([len(whole[one]) for one in ("elders", "caregivers", "visits")], day.left_out) == ([1, 1, 2], 0)


@pytest.mark.parametrize("words", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "＝1", "-"])
def test_no_word_of_a_person_becomes_a_formula(words: str) -> None:
    mapping = filled("example-ltci")
    content = as_file(mapping, tell(mapping, dossier(correction__memo=words)).rows).decode("gb18030")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert row["更正原因"] == f"'{words}"


@pytest.mark.parametrize("words", ["-73.987654", "+86 135-1234 5678", "a=b", ""])
def test_a_number_stays_one(words: str) -> None:
    mapping = filled("example-ltci")
    content = as_file(mapping, tell(mapping, dossier(correction__memo=words)).rows).decode("gb18030")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert row["更正原因"] == words
