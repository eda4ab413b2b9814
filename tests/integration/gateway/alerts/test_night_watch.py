"""The night watch on real processes, in small: sensor event → broker → gateway → seat, family, emergency number."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from samples.alarmed import Alarmed
from samples.calls import press
from samples.dispatched import Dispatched
from samples.running import wait_until
from samples.site import Authority
from zhendao.simulators.duty.seat import Seat

BENCH = Path(__file__).parents[4] / "bench" / "night_watch.py"


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("night_watch", BENCH)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    return bench


def test_a_mattress_reaches_seat_family_and_number_well_within_thirty_seconds(tmp_path: Path, bench: Any) -> None:
    found = bench.measure(tmp_path, 1, "none", 0)
    assert [found[name]["count"] for name in ("webhook", "emergency", "sms")] == [1, 1, 2]
    assert found["most_s"] < bench.LIMIT_S


@pytest.mark.long
def test_from_the_contact_of_a_real_terminal_while_receivers_fail_it_is_within_thirty_seconds(
    tmp_path: Path, bench: Any
) -> None:
    found = bench.by_contact(tmp_path, 3, "rough")
    assert [found[name]["count"] for name in ("webhook", "emergency", "sms")] == [3, 3, 6]
    assert found["most_s"] < bench.LIMIT_S


def test_a_seat_takes_what_it_is_shown_by_the_interface_of_a_person(tmp_path: Path) -> None:
    with Dispatched(tmp_path, Authority()) as sent, Alarmed(sent.site).running() as alarmed:
        took: list[int] = []
        seat = Seat(alarmed.url, alarmed.token(), lambda alert: took.append(alert["id"]), name="赵敏")
        seat.start()
        for _ in range(2):
            alarmed.take(press(sent.line))
            wait_until(lambda: took)
            took.clear()
            token = alarmed.token()
            (item,) = alarmed.ask("GET", "", token, params={"open": True}).json()["items"]
            assert (item["state"], item["acknowledged_by"]) == ("acknowledged", "seat one/赵敏")
            alarmed.ask("POST", f"/{item['id']}/resolve", token, json={})
        alarmed.news.close()
        seat.stop(30)
