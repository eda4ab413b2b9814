"""The orders: every form that the help names, and any other line refused with a reason."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.errors import OrderError
from zhendao.simulators.pn532 import orders
from zhendao.simulators.pn532.shelf import Shelf, StateError


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("tag door ntag215 uid=04A1B2C3D4E5F6", orders.Define("door", "ntag215", bytes.fromhex("04a1b2c3d4e5f6"))),
        ("present door", orders.Present("door")),
        ("remove door", orders.Remove("door")),
        ("dump door", orders.Dump("door")),
        ("fault late-reply 700", orders.Fault("late-reply", 700, 1)),
        ("fault noise 5 3", orders.Fault("noise", 5, 3)),
        ("fault lost-command 2", orders.Fault("lost-command", 0, 2)),
        ("fault unplug", orders.Fault("unplug")),
        ("replug", orders.Replug()),
        ("wait 250", orders.Wait(250)),
        ("quit", orders.Quit()),
        ("", None),
        ("  # a comment", None),
    ],
)
def test_orders(line: str, order: orders.Order | None) -> None:
    assert orders.parse(line) == order


@pytest.mark.parametrize(
    "line",
    [
        *("fly", "tag a b uid=04", "tag a classic uid=0", "tag ../x classic uid=01020304", "present", "present a b"),
        *("fault", "fault noise", "fault x", "wait -1", "wait 1e3", "wait 99999999", "present " + "x" * 500),
    ],
)
def test_wrong_lines_are_refused(line: str) -> None:
    with pytest.raises(OrderError) as refused:
        orders.parse(line)
    assert refused.value.exit_code == 2
    assert refused.value.reason.zh


@given(st.text(max_size=450))
def test_any_line_gives_an_order_or_a_refusal(line: str) -> None:
    with contextlib.suppress(OrderError):
        orders.parse(line)


def test_tags_are_kept_across_runs(tmp_path: Path) -> None:
    uid = bytes.fromhex("04a1b2c3d4e5f6")
    first = Shelf(tmp_path / "state")
    first.load()
    first.define("door", "ntag215", uid)
    first.get("door").exchange(b"\xa2\x06abcd")
    first.save()
    second = Shelf(tmp_path / "state")
    second.load()
    second.define("door", "ntag215", uid)
    assert second.get("door").memory()[24:28] == b"abcd"
    with pytest.raises(OrderError):
        second.define("door", "ntag213", uid)
    with pytest.raises(OrderError):
        second.get("card")
    (tmp_path / "state" / "door.json").write_text("{")
    with pytest.raises(StateError):
        Shelf(tmp_path / "state").load()
