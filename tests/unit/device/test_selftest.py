"""The self-test's judgement, and those failures that no machine makes to order."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.home import Identity as Made
from samples.journals import enrolled
from zhendao.device.selftest import judging, signals, tokens, trying
from zhendao.device.selftest.results import Outcome, Result, halves, trouble
from zhendao.device.selftest.troubles import TROUBLES
from zhendao.device.taps.decisions import Seen
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import Role, Strength, TapReason, Technology
from zhendao.protocol.wording import Text

NOW_S = 1_795_000_000.0
OWN = b"d" * 16
READ = TokenRead(
    role=Role.DOOR,
    strength=Strength.SIGNED,
    uid=bytes(7),
    token_id=OWN,
    rtts_us=(900, 1000, 5000),
    mono_ns=1,
    technology=Technology.NTAG21X,
)


def test_what_does_not_come_back_is_left_behind() -> None:
    forever = threading.Event()

    def hang() -> Result:
        forever.wait()
        return trouble("disk", "disk-differs")

    found = trying.within("disk", 0.2, hang)
    assert (found.code, found.outcome) == ("timed-out", Outcome.FAILED)
    assert "disk" in found.what.en
    assert 150 < found.took_ms < 5000
    forever.set()


def test_a_disk_that_gives_back_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trying.disk(tmp_path).outcome is Outcome.PASSED
    monkeypatch.setattr(Path, "read_bytes", lambda _path: b"other")
    assert trying.disk(tmp_path).code == "disk-differs"
    assert list(tmp_path.iterdir()) == []


def test_a_key_whose_signatures_do_not_hold() -> None:
    who = enrolled(Made())
    assert trying.key(who).outcome is Outcome.PASSED

    class Liar:
        suite, spki = who.suite, who.key.spki

        def sign(self, _message: bytes) -> bytes:
            return bytes(64)

    liar: Any = Liar()
    assert trying.key(replace(who, key=liar)).code == "key-false"


@pytest.mark.parametrize(
    ("now_s", "bound_ms", "satellites", "code", "outcome"),
    [
        (86_400.0, None, True, "clock-wrong", Outcome.FAILED),
        (NOW_S, 12, False, "", Outcome.PASSED),
        (NOW_S, None, True, "", Outcome.PASSED),
        (NOW_S, None, False, "clock-unset", Outcome.NOTED),
    ],
)
def test_clocks(now_s: float, bound_ms: int | None, satellites: bool, code: str, outcome: Outcome) -> None:  # noqa: FBT001 - a row of the table
    found = judging.clock(now_s, bound_ms, satellites=satellites)
    assert (found.code, found.outcome) == (code, outcome)


def test_a_peeled_tag_and_refused_tokens() -> None:
    assert judging.door(Seen(READ, opened=True), OWN).code == "door-opened"
    assert judging.door(Seen(READ, TapReason.BLOCKLISTED), OWN).code == "door-refused"
    assert judging.card(Seen(READ, TapReason.BLOCKLISTED)).code == "card-refused"
    good = judging.door(Seen(READ), OWN)
    assert (good.outcome, good.figures["rtt_us"]) == (Outcome.PASSED, 1000)


def test_a_reader_that_never_says_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "READY_S", 0.1)
    assert tokens._ready(tokens.Posted()).code == "reader-unready"


def test_an_explained_error_is_taken_apart() -> None:
    what, cure = halves(Text("坏了 → 修理", "broken -> mend it"), Text("缺省", "default"))
    assert (what, cure) == (Text("坏了", "broken"), Text("修理", "mend it"))
    assert halves(Text("坏了", "broken"), Text("缺省", "default"))[1].en == "default"


@pytest.mark.parametrize("code", TROUBLES)
def test_every_sentence_has_a_cure_in_both_languages(code: str) -> None:
    row = TROUBLES[code]
    assert all((row.said.zh, row.said.en, row.cure.zh, row.cure.en))
    assert "{" not in row.cure.zh + row.cure.en


def test_the_person_at_the_keyboard_is_asked_and_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    main, side = os.openpty()
    with os.fdopen(side, "r") as keyboard, os.fdopen(main, "w") as person:
        monkeypatch.setattr("sys.stdin", keyboard)
        monkeypatch.setattr(signals, "ANSWER_S", 0.2)
        ask = signals.asking("ask", "zh")
        assert ask(Text("亮了吗？", "lit?")) is None
        for word, answer in (("y", True), ("是", True), ("n", False), ("", False)):
            person.write(word + "\n")
            person.flush()
            monkeypatch.setattr(signals, "ANSWER_S", 10.0)
            assert ask(Text("亮了吗？", "lit?")) is answer
    assert signals.asking("skip", "zh")(Text("", "")) is None
