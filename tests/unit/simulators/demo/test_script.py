"""The day, its registry, and what a spectator sees of it."""

import csv
import io

import pytest

from zhendao.protocol.datum import distance_m, to_datum
from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text
from zhendao.simulators.demo.board import LINES, Board, Happening, Row
from zhendao.simulators.demo.registry import RADIUS_M, Installed, tables
from zhendao.simulators.demo.screen import LiveScreen, choose
from zhendao.simulators.demo.script import (
    CAREGIVERS,
    DAY,
    GUARD_S,
    LI,
    MIN_SERVICE_S,
    CallForHelp,
    Check,
    CutLink,
    MendLink,
    Move,
    Stay,
)

STAYS = [step.seconds for day in DAY for step in day.steps if isinstance(step, Stay)]


def test_the_day_shows_what_it_must() -> None:
    steps = [step for day in DAY for step in day.steps]
    assert len(DAY) == 3
    assert any(isinstance(step, Check) and step.repeats for step in steps)
    assert any(GUARD_S < stay < MIN_SERVICE_S for stay in STAYS)
    assert max(STAYS) > MIN_SERVICE_S
    (move,) = (step for step in steps if isinstance(step, Move))
    home = LI.spot
    away = distance_m(move.spot.lat_e7 / 1e7, move.spot.lon_e7 / 1e7, home.lat_e7 / 1e7, home.lon_e7 / 1e7)
    assert away > 20 * RADIUS_M
    assert sum(isinstance(step, CallForHelp) for step in steps) == 1
    kinds = [type(step) for step in DAY[2].steps]
    assert kinds.index(CutLink) < kinds.index(Check)
    assert kinds[-1] is MendLink


def test_registry_names_places_in_the_datum_they_were_surveyed_in() -> None:
    installed = [Installed(day.home, f"{n:032x}", f"{n + 9:032x}") for n, day in enumerate(DAY)]
    texts = tables(installed, CAREGIVERS, {c.key: f"{n + 20:032x}" for n, c in enumerate(CAREGIVERS)})
    rows = {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}
    assert [row["坐标系"] for row in rows["地点.csv"]] == ["WGS-84", "GCJ-02", "GCJ-02"]
    for row, day in zip(rows["地点.csv"], DAY, strict=True):
        lat, lon = to_datum(day.home.spot.lat_e7 / 1e7, day.home.spot.lon_e7 / 1e7, Datum.WGS84, day.home.datum)
        assert (float(row["纬度"]), float(row["经度"])) == pytest.approx((lat, lon), abs=1e-7)
    assert len(rows["标签.csv"]) == len(DAY) + len(CAREGIVERS)
    assert rows["服务项目.csv"][0]["最短时长"] == f"{MIN_SERVICE_S}秒"
    assert {row["租户"] for table in rows.values() for row in table} == {"xuhui"}


def board() -> Board:
    made = Board({"a": Row("王秀英"), "b": Row("李建国", online=False)})
    made.rows["a"].verdicts = {"1": Text("在内", "inside"), "2": Text("在内", "inside")}
    for n in range(LINES + 3):
        made.note(Happening(n, "a", Text(f"第 {n} 件", f"thing {n}")))
    return made


def test_board_counts_and_keeps_the_last() -> None:
    assert board().rows["a"].cells("zh") == ("王秀英", "通", "", "0", "0", "2", "在内 ×2", "0")
    assert board().rows["b"].cells("en")[1] == "cut"
    lines = board().latest("en")
    assert len(lines) == LINES
    assert lines[-1] == f"  {LINES + 2}.0 s  王秀英   thing {LINES + 2}"


def test_plain_lines_in_a_pipe_and_a_table_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = choose(board(), "zh")
    with plain.shown():
        plain.happened(Happening(1.25, "b", Text("签到", "checks in")))
    assert capsys.readouterr().out == "   1.2 s  李建国   签到\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    live = choose(board(), "en")
    assert isinstance(live, LiveScreen)
    with live.shown():
        live.happened(Happening(0, None, Text("甲", "a")))
    shown = capsys.readouterr().out
    assert "thing 14" in shown
    assert "王秀英" in shown
