"""Files that somebody forged, or that go wrong under the hand: `judge` says what is wrong, and destroys nothing."""

import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from samples.storied.world import REGISTRY
from samples.witnessed import DAY_S, HOUR_S, MINUTE_S, MORNING_MS, Witness, known, line_of
from zhendao.gateway.cli import main
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.detectors import missed
from zhendao.gateway.judging.facts import FactsError, lines_of, read_facts
from zhendao.gateway.judging.findings import Whole
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.told import Told
from zhendao.gateway.judging.writing import written
from zhendao.gateway.registry.snapshot import Schedule
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Boot, Previous, Tamper
from zhendao.protocol.vocabulary import BootReason, Mounting, Placement, TamperCause

POLICY = policy_of(VisitsTable())


def a_day() -> Witness:
    home = Witness()
    home.come(0)
    home.leave(HOUR_S, 1)
    return home


def judged(lines: list[bytes]) -> bytes:
    judge = Judge(known(), POLICY, 10_000)
    for fact in read_facts(lines):
        judge.take(fact)
    return b"".join(written(judge.judged()))


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, events: bytes, out: str) -> int:
    (folder / "events.jsonl").write_bytes(events)
    words = [
        "judge",
        "--registry",
        str(REGISTRY),
        "--events",
        str(folder / "events.jsonl"),
        "--json",
        str(folder / out),
    ]
    monkeypatch.setattr(sys, "argv", ["zhendao-gateway", *words])
    return main()


def forged(change: Callable[[dict[str, object]], None]) -> bytes:
    """Return a line with something changed in it."""
    plain = orjson.loads(line_of(a_day().facts[0]))
    change(plain)
    return orjson.dumps(plain) + b"\n"


@pytest.mark.parametrize(
    "events",
    [
        b"[" * 200_000 + b"\n",
        b'{"received_ms":1,"event":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}\n",
        b"\x00\xff\xfe",
        b'{"received_ms":NaN,"event":{}}',
        b'{"received_ms":1e300,"event":{}}',
        b"null",
        forged(lambda one: one.update(received_ms=2**62)),
        forged(lambda one: one.update(received_ms=-1)),
        forged(lambda one: one.update(received_ms=True)),
        forged(lambda one: one.update(h="zz")),
        forged(lambda one: one.update(proofs={"door": {"proved": "uid", "findings": [], "counter": 2**60}})),
        forged(lambda one: one.update(proofs={"door": {"proved": "uid", "findings": ["so_sure"]}})),
        forged(lambda one: one.update(proofs=[1])),
        forged(lambda one: one.update(more=1)),
    ],
    ids=range(14),
)
def test_what_is_no_fact_is_told_by_its_line_and_leaves_no_result(
    events: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, tmp_path, line_of(a_day().facts[0]) + b"\n" + events, "out.json") == 1
    told = capsys.readouterr().err
    assert "3" in told
    assert "internal" not in told
    assert [one.name for one in tmp_path.iterdir()] == ["events.jsonl"]


class _Endless(io.RawIOBase):
    """A file without an end of line, as a device gives it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        buffer[:] = bytes(len(buffer))
        return len(buffer)


def test_a_line_without_an_end_is_given_up_after_a_mebibyte() -> None:
    with pytest.raises(FactsError, match="1048576"):
        list(lines_of(io.BufferedReader(_Endless())))


def test_a_mark_of_utf_8_before_the_first_line_is_no_part_of_it() -> None:
    whole = b"".join(line_of(one) for one in a_day().facts)
    marked = list(lines_of(io.BytesIO(b"\xef\xbb\xbf" + whole)))
    assert judged(marked) == judged(whole.splitlines(keepends=True))


def test_two_events_under_one_forged_name_are_one_and_the_same_one_in_any_order() -> None:
    home = Witness()
    home.come(0, h=b"h" * 32)
    home.add(Tamper(TamperCause.CASE, active=True), MINUTE_S, seq=1, h=b"h" * 32, received_s=5)
    one, other = (line_of(fact) for fact in home.facts)
    assert judged([one, other]) == judged([other, one]) == judged([one, other, one])
    judge = Judge(known(), POLICY, 10_000)
    for fact in read_facts([one, other] if b'"check"' in one else [other, one]):
        judge.take(fact)
        judge.draw()
    assert b"".join(written(judge.judged())) == judged([one, other])


def test_a_journal_that_says_it_lost_more_than_can_be_counted_is_told_in_a_number_of_json() -> None:
    home = a_day()
    previous = Previous(home.epoch, 2**64 - 1, bytes(32))
    body = Boot(bytes(16), BootReason.JOURNAL_MISSING, previous=previous, software="test",
                placement=Placement.HOME, mounting=Mounting.CRADLE)  # fmt: skip
    later = Witness(epoch=b"f" * 16)
    later.add(body, 2 * HOUR_S)
    found = orjson.loads(judged([line_of(one) for one in (*home.facts, *later.facts)]))["findings"]
    assert [one["measured"] for one in found if one["kind"] == "gap"] == [2**53]


@pytest.mark.parametrize("wall_ms", [2**53, -(2**53), -1, 32_503_680_000_000])
def test_a_time_of_no_calendar_dates_nothing_and_is_told_as_it_was_said(wall_ms: int) -> None:
    home = a_day()
    lies = [replace(one, event=replace(one.event, wall_ms=wall_ms)) for one in home.facts]
    (visit,) = orjson.loads(judged([line_of(one) for one in lies]))["visits"]
    assert (visit["duration_s"], visit["in"]["raw_ms"], visit["in"]["bound_ms"]) == (HOUR_S, wall_ms, None)
    assert "clock_unset" in {one["flag"] for one in visit["flags"]}


def test_one_terminal_that_believes_it_is_1999_has_nobody_s_plans_of_all_years_looked_through() -> None:
    long_ago_ms = MORNING_MS - 1024 * 7 * DAY_S * 1000
    told = Told(heard_ms=(long_ago_ms, MORNING_MS, MORNING_MS + 2 * DAY_S * 1000))
    days = missed._days([(b"", told)], 8 * 3_600_000)
    assert len(days) == 5
    rows = [Schedule("E-1", "C-1", "BATH", None, "08:00-09:00")]
    whole = Whole((), known(schedules=rows), POLICY, MORNING_MS + 3 * DAY_S * 1000, {Witness().device: told})
    assert len(list(missed.SURVEY.find(whole))) <= len(days)


def test_a_result_does_not_take_the_place_of_what_it_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = b"".join(line_of(one) for one in a_day().facts)
    assert run(monkeypatch, tmp_path, facts, "events.jsonl") == 2
    assert (tmp_path / "events.jsonl").read_bytes() == facts


def test_a_full_disk_is_said_and_what_was_there_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("before")
    (tmp_path / "events.jsonl").write_bytes(b"".join(line_of(one) for one in a_day().facts))
    words = ["judge", "--registry", str(REGISTRY), "--events", "events.jsonl", "--json", "out.json", "--lang", "en"]
    code = "import sys\nfrom zhendao.gateway.cli import main\nsys.exit(main())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )  # fmt: skip
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True), done.stderr
    assert (tmp_path / "out.json").read_text() == "before"
    assert not (tmp_path / "out.json.new").exists()
