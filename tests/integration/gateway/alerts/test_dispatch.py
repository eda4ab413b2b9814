"""Alerts on their way to real receivers: once, again after every fault, in their order, and to nobody else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from samples.calls import PRESS, all_alerts, press
from samples.dispatched import CHINA, SECRETS, TABLES, Dispatched
from samples.running import wait_until
from samples.site import NOW_MS, TENANT, Authority
from zhendao.gateway.alerts import life
from zhendao.gateway.alerts.book import Book
from zhendao.gateway.alerts.values import Alert, State
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.registry.book import Book as Lists
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.bodies import Duress, Sensor
from zhendao.protocol.parts import Fix
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign, SensorClass, SensorCondition

NIGHT_MS = 1_790_006_400_000  # 2026-09-22 00:00 in China
HERE = Fix(
    lat_e7=311_885_000, lon_e7=1_214_380_000, datum=Datum.WGS84, hacc95_dm=50, age_ms=0, epochs=10, sats=12,
    hdop_centi=90, constellations=Constellation(1), signs=FixSign(0),
)  # fmt: skip


def sensor(name: str, of: SensorClass) -> Sensor:
    return Sensor(sensor=name, sensor_class=of, value=1, suppressed=0, condition=SensorCondition.WELL)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(now_s=NOW_MS // 1000)


def test_a_press_reaches_the_seat_signed_masked_and_the_alert_knows_it(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority) as sent:
        sent.start()
        sent.take(press(sent.line, replace(PRESS, fix=HERE)))
        (got,) = sent.duty.wait("webhook", 1)
        wait_until(lambda: all_alerts(sent.site)[0].state is State.TOLD)
        assert all_alerts(sent.site)[0].seat == "徐家汇席"
        said = got.said
        assert (said["alert"]["kind"], said["drill"], said["masked"]) == ("sos", False, True)
        assert said["to"] == {"audience": "seat", "names": ["徐家汇席"]}
        assert said["title"] == "呼救 **兰（红）"
        assert (said["elder"]["name"], said["elder"]["phone"]) == ("**兰", "135********")
        assert said["fix"]["distance_m"] == pytest.approx(95, abs=2)
        assert said["fix"]["lat"] is None
        assert [one["rank"] for one in said["contacts"]] == [1, 2]
        for secret in SECRETS:
            assert secret not in json.dumps(said, ensure_ascii=False)
        on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
        for secret in SECRETS:
            assert secret.encode() not in on_disk


def test_a_home_in_a_village_is_answered_for_by_the_seat_of_its_street(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority) as sent:
        lists = tmp_path / "regions"
        lists.mkdir()
        (lists / "区划.csv").write_text(
            "区划,级别,上级区划,有效期起\n徐家汇,街道,,2026-01-01\n新华,居,徐家汇,2026-02-01\n"
        )
        (lists / "地点.csv").write_text(TABLES["地点"].replace("徐家汇", "新华"))
        load(sent.site.store, Lists(StoreKey(bytes(32))), lists, zone=CHINA, tenant=TENANT)
        sent.start()
        sent.take(press(sent.line, replace(PRESS, fix=HERE)))
        (got,) = sent.duty.wait("webhook", 1)
        assert got.said["to"]["names"] == ["徐家汇席"]


def test_who_may_see_it_whole_sees_it_whole_and_each_reading_is_logged_first(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"unmasked": True}}) as sent:
        sent.start()
        sent.take(press(sent.line))
        (got,) = sent.duty.wait("webhook", 1)
        assert got.said["elder"]["name"] == "王秀兰"
        assert got.said["entry"] == ["钥匙在 501 室", "门禁 4711#"]
        assert got.said["contacts"][0] == {"rank": 1, "name": "王建国", "phone": "13900002222", "relation": "儿子"}
        with sent.site.store.reading() as connection:
            (read,) = connection.execute(select(ACCESSES)).all()
        assert (read.role, read.filters, read.names) == ("channel", "alert=1&channel=webhook", True)


@pytest.mark.parametrize("fault", ["error", "busy", "cut-before", "cut", "error-after", "timeout"])
def test_after_any_fault_it_is_sent_again_and_acted_on_once(tmp_path: Path, authority: Authority, fault: str) -> None:
    settings = {"webhook": {"timeout_s": 1 if fault == "timeout" else 30}}
    with Dispatched(tmp_path, authority, settings=settings) as sent:
        sent.duty.fail("webhook", fault)
        sent.start()
        sent.take(press(sent.line))
        wait_until(lambda: sent.sends()[0].state == "sent")
        taken = [one for one in sent.duty.desk.received if one.verdict == "taken"]
        again = [one for one in sent.duty.desk.received if one.verdict == "duplicate"]
        assert len(taken) == 1
        assert bool(again) == (fault in {"cut", "error-after", "timeout"})
        assert len({one.id for one in taken + again}) == 1
        outcomes = [outcome for outcome, _ in sent.attempts("webhook")]
        assert (outcomes[0], outcomes[-1], len(outcomes)) == ("failed", "taken", sent.sends()[0].attempts)


def test_one_channel_that_hangs_holds_up_no_other(tmp_path: Path, authority: Authority) -> None:
    settings = {"sms": {"to": "seat", "timeout_s": 60}}
    with Dispatched(tmp_path, authority, ["sms", "webhook"], settings) as sent:
        sent.duty.fail("sms", "timeout", 100)
        sent.start()
        for _ in range(3):
            sent.take(press(sent.line))
        sent.duty.wait("sms", 1)  # under way, and without an answer for a minute
        sent.take(press(sent.line, Duress(gesture=1)))
        assert [one.said["alert"]["kind"] for one in sent.duty.wait("webhook", 2)] == ["sos", "duress"]
        asked = [one.id for one in sent.duty.desk.received if one.channel == "sms"]
        assert len(asked) == len(set(asked))  # what is under way is not asked for again


def test_a_receiver_that_is_down_is_tried_again_and_all_that_waited_is_delivered_in_order_of_urgency(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"at_a_time": 1}}) as sent:
        sent.duty.fail("webhook", "error", 2)
        notice = sensor("mains", SensorClass.MAINS)
        sent.take(press(sent.line, notice))
        sent.take(press(sent.line))
        sent.start()
        assert [one.said["alert"]["kind"] for one in sent.duty.wait("webhook", 2)] == ["sos", "mains"]


def test_at_night_a_mattress_tells_seat_family_and_emergency_number_at_once(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, ["webhook", "sms", "emergency"], {"emergency": {"unmasked": True}}) as sent:
        sent.start()
        sent.take(press(sent.line, sensor("mattress", SensorClass.MATTRESS), at_ms=NIGHT_MS - 1_000), now_ms=NIGHT_MS)
        texts = sent.duty.wait("sms", 2)
        (number,) = sent.duty.wait("emergency", 1)
        sent.duty.wait("webhook", 1)
        assert sorted(one.said["to"] for one in texts) == ["13900001111", "13900002222"]
        assert texts[0].said["text"].startswith("夜间床垫报警 **兰（红），2026-09-21 23:59:59")
        assert number.said["home"]["address"] == "天钥桥路 1 号"


def test_a_drill_goes_the_whole_way_is_called_so_and_leaves_the_seats_only_where_it_is_asked(
    tmp_path: Path, authority: Authority
) -> None:
    names = ["webhook", "sms", "emergency", "trained"]
    settings = {"sms": {"at_once": ("sos",)}, "emergency": {"at_once": ("sos",)}}
    settings["trained"] = {"at_once": ("sos",), "drills": True}
    with Dispatched(tmp_path, authority, names, settings) as sent:
        sent.take(press(sent.line, replace(PRESS, drill=True)))
        assert {(one.channel, one.drill) for one in sent.sends()} == {("webhook", True), ("trained", True)}
        sent.start()
        (got,) = sent.duty.wait("webhook", 1)
        assert got.said["drill"] is True
        assert got.said["title"].startswith("【演练】")
        for text in sent.duty.wait("sms", 2):
            assert text.said["text"].startswith("【演练】")
            assert text.said["text"].endswith("这是演练，无需处理。")
        assert sent.duty.desk.counts["emergency taken"] == 0


def test_while_nobody_has_it_family_and_emergency_number_are_told_and_not_each_minute(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, ["webhook", "sms", "emergency"]) as sent:
        sent.take(press(sent.line))
        seen: list[list[str]] = [[one.channel for one in sent.sends()]]
        for second in range(1, 600):
            sent.site.pipeline.watch(NOW_MS + second * 1000)
        seen.append(sorted({one.channel for one in sent.sends()}))
        assert seen == [["webhook"], ["emergency", "sms", "webhook"]]
        steps = {one.channel: one.step for one in reversed(sent.sends())}
        assert steps == {"webhook": 0, "sms": 2, "emergency": 3}
        # Told once in ten minutes: each of the family, and the number.
        assert [one.channel for one in sent.sends()].count("sms") == 2
        assert [one.channel for one in sent.sends()].count("emergency") == 1


def test_of_duress_no_family_ever_hears(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority, ["webhook", "sms"]) as sent:
        sent.take(press(sent.line, Duress(gesture=1)))
        for minute in range(1, 10):
            sent.site.pipeline.watch(NOW_MS + minute * 60_000)
        assert {one.channel for one in sent.sends()} == {"webhook"}


def end(sent: Dispatched, alert: Alert) -> None:
    with sent.site.store.writing() as connection:
        change = life.resolved(alert, "赵敏", "", Now(NOW_MS, NOW_MS), false_alarm=False)
        Book(sent.site.key).write(connection, change)


def test_what_was_ended_meanwhile_is_not_sent(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority) as sent:
        sent.take(press(sent.line))
        end(sent, all_alerts(sent.site)[0])
        sent.take(press(sent.line))
        sent.start()
        (got,) = sent.duty.wait("webhook", 1)
        assert got.said["alert"]["id"] == 2
        wait_until(lambda: [one.state for one in sent.sends()] == ["overtaken", "sent"])
        assert ("overtaken", "") in sent.attempts("webhook")


def test_a_flood_of_calls_sends_a_number_so_many_texts_an_hour_and_the_log_says_so(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, ["sms"], {"sms": {"to": "seat", "most_an_hour": 3}}) as sent:
        for n in range(5):
            sent.take(press(sent.line, at_ms=NOW_MS - 1_000 + n), now_ms=NOW_MS + n)
            end(sent, all_alerts(sent.site)[-1])
        states = [one.state for one in sent.sends()]
        assert states == ["waiting"] * 3 + ["limited"] * 2
        assert [outcome for outcome, _ in sent.attempts("sms")] == ["limited"] * 2


def test_a_queue_is_bounded_and_calls_have_room_when_the_rest_has_none(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"most_waiting": 10}}) as sent:
        for n in range(12):
            notice = sensor(f"mains-{n}", SensorClass.MAINS)
            sent.take(press(sent.line, notice))
        sent.take(press(sent.line))
        states = [one.state for one in sent.sends()]
        assert states == ["waiting"] * 10 + ["dropped"] * 2 + ["waiting"]


def test_a_row_that_was_altered_holds_up_no_other(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority) as sent:
        sent.take(press(sent.line))
        with sent.site.store.writing() as connection:
            connection.exec_driver_sql("UPDATE alert_sends SET names = x'00'")
        sent.take(press(sent.line, Duress(gesture=1)))
        sent.start()
        sent.duty.wait("webhook", 1)
        wait_until(lambda: [one.state for one in sent.sends()] == ["unreadable", "sent"])


def test_a_terminal_that_nobody_registered_is_every_seats_and_its_dossier_says_what_is_known(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority) as sent:
        stranger = authority.terminal()
        sent.start()
        sent.take(press(stranger, replace(PRESS, fix=HERE)))
        (got,) = sent.duty.wait("webhook", 1)
        assert got.said["title"] == f"呼救 终端 {stranger.device.hex()[:8]}"
        assert (got.said["elder"], got.said["home"], got.said["contacts"]) == (None, None, [])
        assert got.said["to"]["names"] == ["徐家汇席"]
        assert got.said["fix"]["distance_m"] is None


def test_what_was_owed_before_a_restart_is_sent_after_it_under_the_same_id(
    tmp_path: Path, authority: Authority
) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"timeout_s": 60}}) as sent:
        sent.duty.fail("webhook", "timeout")
        sent.start()
        sent.take(press(sent.line))
        (first,) = sent.duty.wait("webhook", 1)
        sent.restart()
        (again,) = sent.duty.wait("webhook", 1, "duplicate")
        assert first.id == again.id
        wait_until(lambda: sent.sends()[0].state == "sent")


def test_rows_of_the_registry_that_were_altered_keep_no_call_from_anybody(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority, ["webhook", "sms"], {"sms": {"at_once": ("sos",)}}) as sent:
        with sent.site.store.writing() as connection:
            connection.exec_driver_sql("UPDATE registry_elders SET personal = x'00'")
            connection.exec_driver_sql("UPDATE registry_contacts SET personal = x'00' WHERE rank = 1")
            connection.exec_driver_sql("UPDATE starts SET keys = x'00'")
        sent.start()
        sent.take(press(sent.line))
        (got,) = sent.duty.wait("webhook", 1)
        assert (got.said["elder"]["name"], got.said["home"]["id"]) == (None, "P1")
        assert [one["rank"] for one in got.said["contacts"]] == [2]
        assert [one.said["to"] for one in sent.duty.wait("sms", 1)] == ["13900001111"]


def test_a_clock_that_was_set_ahead_gives_up_nothing_that_was_not_tried(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"give_up_s": 60}}) as sent:
        sent.take(press(sent.line))  # weeks ago, as the workers' clock has it
        sent.start()
        sent.duty.wait("webhook", 1)


def test_what_was_tried_for_its_time_is_given_up_and_the_log_says_so(tmp_path: Path, authority: Authority) -> None:
    with Dispatched(tmp_path, authority, settings={"webhook": {"give_up_s": 60}}) as sent:
        sent.duty.fail("webhook", "error")
        sent.take(press(sent.line))
        sent.start()
        wait_until(lambda: sent.sends()[0].state == "given_up")
        assert [outcome for outcome, _ in sent.attempts("webhook")] == ["failed", "given_up"]
