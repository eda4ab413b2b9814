"""A duty seat's screen: who waits comes first, in words; when the bell rings."""

from dataclasses import replace

from zhendao.gateway.alerts import life, screen
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.shapes import alert_item
from zhendao.gateway.alerts.values import Alert, AlertKind, Fact, State, Urgency
from zhendao.gateway.ingest.steady import Now

NOW_MS = 1_790_000_000_000


def alert(number: int, ago_s: int, **how: object) -> Alert:
    now = Now(NOW_MS - ago_s * 1000, NOW_MS - ago_s * 1000)
    fact = Fact(AlertKind.SOS, Urgency.CALL, bytes(16), bytes(16), 2, bytes(32), now.wall_ms, now.wall_ms)
    made = life.begun(fact, "E1", "P1", now, AlertsTable()).alert
    return replace(made, id=number, **how)  # type: ignore[arg-type]  # fields by name


def item(one: Alert) -> dict[str, object]:
    return alert_item(one).model_dump()


def test_who_waits_longest_comes_first_and_whoever_has_a_person_comes_last() -> None:
    has_one = alert(1, 500, state=State.ACKNOWLEDGED, acknowledged_ms=NOW_MS, acknowledged_by="seat/Wang")
    items = [item(has_one), item(alert(2, 12)), item(alert(3, 300, drill=True, late_ms=3_600_000))]
    assert [one["id"] for one in screen.ordered(items)] == [3, 2, 1]
    english = screen.rows(items, NOW_MS, "en")
    assert english[0] == [
        "3", "call for help", "raised", "5 min", "E1", "1",
        "drill, 60 min late, nobody on duty", "", "",
    ]  # fmt: skip
    assert screen.rows(items, NOW_MS, "zh")[1][:4] == ["2", "呼救", "待接", "12 秒"]
    assert len(english[0]) == len(screen.HEADERS.en.split(",")) == len(screen.HEADERS.zh.split(","))


def test_the_bell_rings_at_once_and_again_while_one_waits_and_not_for_what_can_wait() -> None:
    waiting, taken = item(alert(1, 1)), item(alert(2, 1, state=State.ACKNOWLEDGED, acknowledged_ms=NOW_MS))
    notice = item(alert(3, 1, urgency=Urgency.NOTICE))
    assert screen.rings([waiting], None, NOW_MS)
    assert not screen.rings([waiting], NOW_MS - 9_000, NOW_MS)
    assert screen.rings([waiting], NOW_MS - 10_000, NOW_MS)
    assert not screen.rings([taken, notice], None, NOW_MS)
