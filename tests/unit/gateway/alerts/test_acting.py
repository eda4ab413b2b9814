"""Acts of people in the thread that ingests: done whole or not at all, and whoever asked is told which."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from samples.calls import all_alerts, press
from samples.site import NOW_MS, Authority, Site
from zhendao.gateway.alerts import deeds
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.errors import BusyError, NoAlertError, TakenError
from zhendao.gateway.alerts.values import State
from zhendao.gateway.api.local import VALID_MS, authenticate_local, local_token
from zhendao.gateway.errors import StoreError
from zhendao.gateway.ingest.group import MAX_GROUP_EVENTS
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.store.sealing import StoreKey

LATER = Now(NOW_MS + 1_000, NOW_MS + 1_000)


class Asker:
    """Somebody who asks from a thread of his own."""

    def __init__(self, acts: Acts, asked: threading.Event, doing: Any) -> None:
        self.found: list[Any] = []

        def ask() -> None:
            try:
                self.found.append(acts.do(doing))
            except Exception as error:  # noqa: BLE001 - what the asker is told
                self.found.append(error)

        asked.clear()
        self.thread = threading.Thread(target=ask)
        self.thread.start()
        assert asked.wait(180)

    def answer(self) -> Any:
        self.thread.join(180)
        (found,) = self.found
        return found


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Iterator[Site]:
    site = Site(tmp_path, authority)
    site.take(press(authority.terminal()))
    yield site
    site.store.close()


def test_acts_that_come_together_are_done_together_and_one_that_fails_leaves_the_others(site: Site) -> None:
    asked = threading.Event()
    acts, alerting = Acts(asked.set), site.pipeline.alerting
    several = [
        Asker(acts, asked, deed)
        for deed in (
            deeds.acknowledge(alerting, 1, "Wang", 5, ""),
            deeds.acknowledge(alerting, 1, "Li", 5, ""),
            deeds.acknowledge(alerting, 9, "Li", 5, ""),
            lambda connection, _now: connection.execute(text("INSERT INTO nowhere VALUES (1)")),
        )
    ]
    outcome = site.pipeline.act(acts, *LATER)
    first, second, third, last = (one.answer() for one in several)
    assert first.state is State.ACKNOWLEDGED
    assert isinstance(second, TakenError)
    assert "Wang" in second.explain("en")
    assert isinstance(third, NoAlertError)
    assert "nowhere" in str(last)
    assert outcome.alerts
    assert all_alerts(site)[0].acknowledged_by == "Wang"


def test_while_the_store_takes_nothing_the_asker_is_told_and_ingest_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    acts = Acts(asked.set)
    asker = Asker(acts, asked, deeds.acknowledge(site.pipeline.alerting, 1, "Wang", None, ""))

    def full() -> Any:
        raise StoreError(NoAlertError(1).what)

    with monkeypatch.context() as patched:
        patched.setattr(site.store, "writing", full)
        assert site.pipeline.act(acts, *LATER).outgoing == ()
    assert isinstance(asker.answer(), StoreError)
    assert all_alerts(site)[0].waits


def test_whoever_waited_in_vain_is_told_and_it_is_not_done_afterwards(site: Site) -> None:
    acts = Acts(lambda: None)
    with pytest.raises(BusyError):
        acts.do(deeds.acknowledge(site.pipeline.alerting, 1, "Wang", None, ""), timeout_s=0.01)
    site.pipeline.act(acts, *LATER)
    assert all_alerts(site)[0].waits


def test_transactions_are_short_while_a_call_waits_for_a_person(site: Site) -> None:
    assert site.pipeline.most_events < 1_000
    asked = threading.Event()
    acts = Acts(asked.set)
    asker = Asker(acts, asked, deeds.acknowledge(site.pipeline.alerting, 1, "Wang", None, ""))
    site.pipeline.act(acts, *LATER)
    asker.answer()
    assert site.pipeline.most_events == MAX_GROUP_EVENTS


def test_a_token_of_this_machine_is_made_with_the_store_key_and_lasts_a_minute() -> None:
    key, other = StoreKey(bytes(32)), StoreKey(bytes(31) + b"\1")
    token = local_token(key, "王芳", NOW_MS)
    bearer = authenticate_local(key, token, NOW_MS + VALID_MS)
    assert bearer is not None
    assert (bearer.role, bearer.label) == ("duty", "王芳")
    assert authenticate_local(key, token, NOW_MS + VALID_MS + 1) is None
    assert authenticate_local(other, token, NOW_MS) is None
    assert authenticate_local(key, token[:-1] + ("0" if token[-1] != "0" else "1"), NOW_MS) is None
    assert authenticate_local(key, token.replace("zdl_1", "zdl_2", 1), NOW_MS) is None
    assert authenticate_local(key, "zdl_1_6_" + "0" * 32, NOW_MS) is None


def test_a_gateway_that_stops_keeps_nobody_waiting(site: Site) -> None:
    asked = threading.Event()
    acts = Acts(asked.set)
    asker = Asker(acts, asked, deeds.acknowledge(site.pipeline.alerting, 1, "Wang", None, ""))
    acts.close()
    assert isinstance(asker.answer(), BusyError)
    with pytest.raises(BusyError):
        acts.do(deeds.acknowledge(site.pipeline.alerting, 1, "Wang", None, ""))


def test_a_command_on_the_gateways_own_machine_may_name_its_role_and_nobody_can_change_it() -> None:
    key = StoreKey(bytes(32))
    token = local_token(key, "王芳", NOW_MS, "supervisor")
    bearer = authenticate_local(key, token, NOW_MS)
    assert bearer is not None
    assert (bearer.role, bearer.label) == ("supervisor", "王芳")
    assert authenticate_local(key, token.replace("supervisor", "admin"), NOW_MS) is None
    assert authenticate_local(key, token.replace(".supervisor", ""), NOW_MS) is None
