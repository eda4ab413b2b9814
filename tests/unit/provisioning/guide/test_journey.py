"""The way through an installation, as it is walked, interrupted, taken up again and drawn."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import AnswerError
from zhendao.provisioning.guide import record, screen
from zhendao.provisioning.guide.dialogue import Choice, Keyboard, Question, Script
from zhendao.provisioning.guide.journey import Journey, Outcome, Step


def step(name: str, *rests_on: str, may_leave: bool = False) -> Step:
    return Step(name, Text(f"步骤 {name}", f"step {name}"), Text("为什么", "why"), rests_on, may_leave)


STEPS = (step("a"), step("b", "a"), step("c", may_leave=True), step("d", "b"), step("e"))
NEW = Journey(STEPS, {})


def walked(*names: str) -> Journey:
    journey = NEW
    for at, name in enumerate(names):
        journey = journey.begun(name, 10 * at).done(name, 10 * at + 3, {"found": name})
    return journey


def test_steps_come_in_their_order_until_all_are_settled() -> None:
    journey, seen = NEW, []
    while (following := journey.next) is not None:
        seen.append(following.name)
        ended = journey.begun(following.name, 5)
        journey = ended.left("c", 9) if following.name == "c" else ended.done(following.name, 9, {})
    assert seen == ["a", "b", "c", "d", "e"]
    assert journey.seconds == 20
    assert screen.finished(journey, "en") == ["done, in 0:20", "left out: step c"]


def test_a_step_that_was_begun_and_not_ended_comes_again() -> None:
    journey = walked("a").begun("b", 20)
    assert journey.next == STEPS[1]
    assert journey.found("b") == {}
    assert journey.found("a") == {"found": "a"}


def test_what_rests_on_a_step_is_open_again_when_it_is_done_anew() -> None:
    journey = walked("a", "b", "c", "d", "e").begun("a", 90)
    outcomes = {one.name: journey.stand(one.name).outcome for one in STEPS}
    assert outcomes == {
        "a": Outcome.BEGUN,
        "b": Outcome.OPEN,
        "c": Outcome.DONE,
        "d": Outcome.OPEN,
        "e": Outcome.DONE,
    }


def test_a_failed_step_is_the_next_and_says_why() -> None:
    journey = walked("a").begun("b", 20).failed("b", 21, Text("坏了", "broken"))
    assert journey.next == STEPS[1]
    assert journey.stand("b").problem == Text("坏了", "broken")
    assert "× 2 step b" in screen.overview(journey, "en")


def test_only_what_may_be_left_is_left() -> None:
    with pytest.raises(ValueError, match="a"):
        NEW.left("a", 0)


def test_a_clock_that_steps_back_makes_no_negative_time() -> None:
    assert NEW.begun("a", 1000).done("a", 10, {}).seconds == 0


WORDS = st.text(max_size=20)
ENDINGS = st.sampled_from(["done", "failed", "begun"])


@given(st.lists(st.tuples(st.sampled_from("abcde"), ENDINGS, WORDS, WORDS), max_size=12))
def test_what_is_kept_is_taken_up_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, ...]]
) -> None:
    file = tmp_path_factory.mktemp("kept") / record.FILE
    journey = NEW
    for name, ending, one, other in acts:
        journey = journey.begun(name, 5)
        if ending == "done":
            journey = journey.done(name, 9, {one: other})
        elif ending == "failed":
            journey = journey.failed(name, 9, Text(one, other))
    record.keep(file, journey)
    assert record.take_up(file, STEPS) == (journey, None)
    assert file.stat().st_mode & 0o077 == 0


@given(st.one_of(st.binary(max_size=80), st.sampled_from([b'{"version": 1, "steps": {"a": 5}}', b"[" * 9000, b"[]"])))
def test_a_damaged_file_is_set_aside(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("kept") / record.FILE
    file.write_bytes(content)
    journey, aside = record.take_up(file, STEPS)
    assert journey == NEW
    assert aside is not None
    assert aside.read_bytes() == content


def test_a_step_that_this_version_does_not_know_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / record.FILE
    record.keep(file, walked("a", "b"))
    journey, _ = record.take_up(file, STEPS[:1])
    assert set(journey.stands) == {"a"}
    assert record.take_up(tmp_path / "none", STEPS) == (NEW, None)


@given(st.text(st.sampled_from("abc 真到ｅ—。"), max_size=200))
def test_no_line_is_wider_than_the_screen_and_no_letter_is_lost(text: str) -> None:
    lines = screen.wrapped(text)
    assert all(screen.width(line) <= screen.COLUMNS for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_the_overview_fits_a_small_screen() -> None:
    lines = screen.overview(walked("a", "b"), "zh")
    assert lines[0].endswith("0:03")
    assert lines[2] == "> 3 步骤 c"
    assert all(screen.width(line) <= screen.COLUMNS for line in lines)
    assert screen.heading(NEW, STEPS[1], "zh") == ["[2/5] 步骤 b", "为什么"]


def number(answer: str) -> str:
    return str(int(answer))


CHOICE = Choice("way", Text("怎样", "how"), {"net": Text("联网", "online"), "stick": Text("U 盘", "stick")}, "net")


def test_answers_from_a_file_are_checked(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('code = "x"\nway = "stick"\ncount = "07"\n')
    script = Script.read(file, "en")
    assert script.ask(Question("count", Text("", ""), number)) == "7"
    assert script.ask(Question("other", Text("", ""), number, default="4")) == "4"
    assert script.choose(CHOICE) == "stick"
    for name in ("code", "missing"):
        with pytest.raises(AnswerError):
            script.ask(Question(name, Text("", ""), number))
    for wrong in ("= 1", "count = 7"):
        file.write_text(wrong)
        with pytest.raises(AnswerError):
            Script.read(file, "en")


def test_a_keyboard_is_asked_again_and_then_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter(["x", "", "2", "9", "9", "9"])
    monkeypatch.setattr("builtins.input", lambda _shown: next(typed))
    person = Keyboard("zh")
    assert person.ask(Question("count", Text("几个", "how many"), number)) == "2"
    with pytest.raises(AnswerError):
        person.choose(CHOICE)
    assert "× 不对，请再输入" in capsys.readouterr().out


def test_the_end_of_input_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_shown: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    with pytest.raises(AnswerError):
        Keyboard("en").ask(Question("count", Text("", ""), number))
