"""Settings of channels, and whom they are for: by kind, step, hour, drill; pure."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.command.errors import SettingsError
from zhendao.gateway.alerts.dispatch.audience import audience
from zhendao.gateway.alerts.dispatch.owing import dialled
from zhendao.gateway.alerts.dispatch.settings import KINDS, ChannelTable
from zhendao.gateway.alerts.values import Alert, AlertKind, State, Urgency
from zhendao.gateway.config import read_config

NOON_MS = 1_790_049_600_000  # 2026-09-22 12:00 in China
ALERT = Alert(
    id=1, kind=AlertKind.SOS, urgency=Urgency.CALL, device=bytes(16), subject="", elder_id=None, place_id=None,
    drill=False, past=False, doubtful=False, state=State.RAISED, step=0, reached=-1, nobody=False, count=1,
    first_ms=0, last_ms=0, raised_ms=0, late_ms=0,
)  # fmt: skip
ALL = [ChannelTable(kind, kind, "https://x") for kind in ("webhook", "sms", "emergency")]


def config(folder: Path, *tables: str) -> Path:
    path = folder / "gateway.toml"
    head = (
        'data_dir = "d"\n[store]\nurl = "sqlite:///d/g.db"\n[broker]\nurl = "mqtts://b:1"\n[http]\nlisten = "[::1]:1"\n'
    )
    path.write_text(head + "".join(f"[[alerts.channel]]\n{one}\n" for one in tables))
    return path


def test_a_channel_needs_a_name_a_kind_and_an_address_and_the_rest_has_defaults(tmp_path: Path) -> None:
    desk = 'name = "desk"\nkind = "webhook"\nurl = "https://duty.example/alerts"'
    texts = 'name = "t"\nkind = "sms"\nurl = "https://sms.example"\nkinds = ["sos"]\nhours = "8:00 - 20:00"'
    found = read_config(config(tmp_path, desk, texts)).alerts.channel
    assert [(one.audience, one.wanted, one.hours) for one in found] == [
        ("seat", KINDS, None), ("family", ("sos",), "08:00-20:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('name = "a"\nkind = "fax"\nurl = "https://x"', "must be one of webhook, sms, emergency"),
        ('name = "a"\nkind = "sms"\nurl = "http://x.example"', "plain http:// is for loopback only"),
        ('name = "a"\nkind = "sms"\nurl = "https://x"\nkinds = ["fire"]', "must be a list of sos"),
        ('name = "a"\nkind = "sms"\nurl = "https://x"\nhours = "all night"', "must be hours"),
        ('name = "a"\nkind = "emergency"\nurl = "https://x"\nto = "seat"', "nobody else's"),
        ('name = "desk"\nkind = "webhook"\nurl = "https://x"', "name is there twice"),
        ('name = "a"\nkind = "webhook"\nurl = "https://x"\nretry = 1', "is not a setting"),
    ],
)
def test_what_is_wrong_with_a_channel_is_one_clear_line(tmp_path: Path, table: str, words: str) -> None:
    desk = 'name = "desk"\nkind = "webhook"\nurl = "https://duty.example/alerts"'
    with pytest.raises(SettingsError) as caught:
        read_config(config(tmp_path, desk, table))
    assert words in caught.value.explain("en")
    assert "alerts" in caught.value.explain("en")


def whom(alert: Alert, *channels: ChannelTable, at_ms: int = NOON_MS) -> list[list[str]]:
    found = audience(channels or ALL, alert, at_ms, 480)
    return [[one.name for one in several] for several in (found.seats, found.family, found.number)]


def test_each_step_goes_further_and_never_leaves_the_seats_out() -> None:
    told = [whom(replace(ALERT, step=step)) for step in range(5)]
    assert told[0] == told[1] == [["webhook"], [], []]
    assert told[2] == [["webhook"], ["sms"], []]
    assert told[3] == told[4] == [["webhook"], ["sms"], ["emergency"]]


@given(st.sampled_from(AlertKind), st.integers(0, 8), st.integers(0, 2**41))
@settings(max_examples=60)
def test_a_drill_and_what_is_past_stay_with_the_seats_whatever_the_step(kind: AlertKind, step: int, at_ms: int) -> None:
    for how in ({"drill": True}, {"past": True}):
        given: Any = replace(ALERT, kind=kind, step=step, **how)
        assert whom(given, at_ms=at_ms) == [["webhook"], [], []]


def test_hours_and_kinds_of_a_channel_are_kept() -> None:
    night = ChannelTable("night", "webhook", "https://x", kinds=("sos",), hours="22:00-06:00")
    assert whom(ALERT, night) == [[], [], []]
    assert whom(ALERT, night, at_ms=NOON_MS + 11 * 3_600_000)[0] == ["night"]
    assert whom(replace(ALERT, kind=AlertKind.WATER), night, at_ms=NOON_MS + 11 * 3_600_000)[0] == []


def test_duress_is_no_familys_by_default_and_a_mattress_is_at_once() -> None:
    assert whom(replace(ALERT, kind=AlertKind.DURESS, step=3))[1] == []
    assert whom(replace(ALERT, kind=AlertKind.MATTRESS)) == [["webhook"], ["sms"], ["emergency"]]


def test_a_number_is_dialled_as_it_is_meant() -> None:
    assert dialled(" (021) 6468-1234 ") == "02164681234"
    assert dialled("+86 135 1234 5678") == "+8613512345678"
