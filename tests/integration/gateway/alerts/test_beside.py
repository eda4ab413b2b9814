"""What stands beside an alert, over HTTP: its dossier, what was sent, drills due, false alarms; and who may see it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from samples.alarmed import Alarmed
from samples.calls import PRESS, press
from samples.dispatched import SECRETS, Dispatched
from samples.site import Authority
from zhendao.gateway.alerts.dispatch.interface import may_see
from zhendao.gateway.alerts.drills import DAY_MS
from zhendao.gateway.alerts.values import Alert, AlertKind, State, Urgency
from zhendao.gateway.api.tables import ACCESSES

ALERT = Alert(
    id=1, kind=AlertKind.SOS, urgency=Urgency.CALL, device=bytes(16), subject="", elder_id=None, place_id=None,
    drill=False, past=False, doubtful=False, state=State.RAISED, step=0, reached=-1, nobody=False, count=1,
    first_ms=0, last_ms=0, raised_ms=0, late_ms=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def sent(tmp_path: Path, authority: Authority) -> Iterator[Dispatched]:
    with Dispatched(tmp_path, authority) as made:
        yield made


def test_a_dossier_is_masked_unless_a_seat_asks_and_each_reading_is_logged(sent: Dispatched) -> None:
    with Alarmed(sent.site).running() as alarmed:
        alarmed.take(press(sent.line))
        duty, viewer, auditor = (alarmed.token(role) for role in ("duty", "viewer", "auditor"))
        masked = alarmed.ask("GET", "/1/dossier", duty)
        assert masked.json()["elder"]["name"] == "**兰"
        for secret in SECRETS:
            assert secret not in masked.text
        whole = alarmed.ask("GET", "/1/dossier", duty, params={"names": True}).json()
        assert (whole["elder"]["name"], whole["entry"][0]) == ("王秀兰", "钥匙在 501 室")
        assert [one["relation"] for one in whole["contacts"]] == ["儿子", "孙子"]
        assert alarmed.ask("GET", "/1/dossier", auditor, params={"names": True}).status_code == 200
        assert alarmed.ask("GET", "/1/dossier", viewer, params={"names": True}).status_code == 403
        with sent.site.store.reading() as connection:
            read = [(row.role, row.names) for row in connection.execute(select(ACCESSES).order_by(ACCESSES.c.id))]
        assert read == [("duty", False), ("duty", True), ("auditor", True)]


def test_what_was_sent_is_listed_with_every_attempt_and_no_name(sent: Dispatched) -> None:
    with Alarmed(sent.site).running() as alarmed:
        sent.duty.fail("webhook", "error")
        alarmed.take(press(sent.line))
        sent.start()
        sent.duty.wait("webhook", 1)
        for worker in sent.workers:
            worker.stop(30)  # what came of it is written by then
        (one,) = alarmed.ask("GET", "/1/sends", alarmed.token()).json()["items"]
        assert (one["channel"], one["audience"], one["attempts"][0]["outcome"]) == ("webhook", "seat", "failed")
        assert one["attempts"][0]["detail"] == "500 error"


def test_a_drill_counts_when_a_person_took_it(sent: Dispatched) -> None:
    with Alarmed(sent.site).running() as alarmed:
        token, device = alarmed.token(), sent.line.device.hex()

        def overdue() -> bool:
            (item,) = alarmed.ask("GET", "/drills", token, params={"days": 3650}).json()["items"]
            assert item["device"] == device
            return bool(item["overdue"])

        assert overdue()
        alarmed.take(press(sent.line, replace(PRESS, drill=True)))
        assert overdue()
        assert alarmed.ask("POST", "/drill", token, json={"device": device}).json()["drill"] is True
        assert {(one.alert_id, one.drill, one.audience) for one in sent.sends()} == {
            (1, True, "seat"),
            (2, True, "seat"),
        }
        sent.start()
        for got in sent.duty.wait("webhook", 2):
            assert (got.said["drill"], got.said["title"]) == (True, "【演练】呼救 **兰（红）")
        assert alarmed.ask("POST", "/1/ack", token, json={"by": "赵敏"}).json()["drill"] is True
        assert not overdue()


def test_after_many_false_alarms_an_engineer_is_asked_and_the_next_call_is_raised_and_owed_as_ever(
    sent: Dispatched,
) -> None:
    with Alarmed(sent.site).running() as alarmed:
        token = alarmed.token()
        for n in range(1, 6):
            alarmed.take(press(sent.line))
            ending = {"false_alarm": True, "reason": "mistake", "note": "又按错"}
            assert alarmed.ask("POST", f"/{n}/resolve", token, json=ending).status_code == 200
        assert (
            alarmed.ask("POST", "/5/resolve", token, json={"false_alarm": True, "reason": "bored"}).status_code == 422
        )
        (item,) = alarmed.ask("GET", "/false", token, params={"days": 3650}).json()["items"]
        assert (item["kind"], item["false"], item["total"], item["reason"]) == ("sos", 5, 5, "mistake")
        assert "不会因此静音" in item["zh"]
        alarmed.take(press(sent.line))
        assert [one.alert_id for one in sent.sends()][-1] == 6
        assert sent.sends()[-1].state == "waiting"


def test_a_seat_sees_names_until_a_day_after_the_end_and_no_longer() -> None:
    closed_ms = 10 * DAY_MS
    ended = replace(ALERT, state=State.RESOLVED, closed_ms=closed_ms)
    assert may_see("duty", ALERT, 10**15)
    assert may_see("duty", ended, closed_ms + DAY_MS)
    assert not may_see("duty", ended, closed_ms + DAY_MS + 1)
    assert may_see("auditor", ended, 10**15)
    assert not may_see("viewer", ALERT, closed_ms)
