"""An installation walked through, with steps that fail, that are left out, and a person who goes away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.errors import AnswerError, StepError
from zhendao.provisioning.guide import record
from zhendao.provisioning.guide.dialogue import Choice, Question, as_question
from zhendao.provisioning.guide.journey import Journey, Outcome, Step
from zhendao.provisioning.guide.walking import Walk

STEPS = (
    Step("one", Text("一", "one"), Text("一", "one")),
    Step("two", Text("二", "two"), Text("二", "two"), ("one",), may_leave=True),
    Step("three", Text("三", "three"), Text("三", "three"), ("one",)),
)


@dataclass
class Answering:
    answers: list[str]
    said: list[str] = field(default_factory=list)

    def say(self, lines: Sequence[str]) -> None:
        self.said += lines

    def ask(self, question: Question) -> str:
        if not self.answers:
            raise AnswerError(question.name)
        return question.check(self.answers.pop(0))

    def choose(self, choice: Choice) -> str:
        return self.ask(as_question(choice, "en"))


@dataclass
class Home:
    """A place where steps are done, and fail as often as they are told to."""

    file: Path
    failing: dict[str, int] = field(default_factory=dict)
    cut: str = ""
    did: list[str] = field(default_factory=list)
    now_s: int = 0

    def act(self, name: str, journey: Journey) -> Mapping[str, str]:
        assert record.take_up(self.file, STEPS)[0].stand(name).outcome is Outcome.BEGUN, "kept before it acts"
        assert journey.stand(name).outcome is Outcome.BEGUN
        self.did.append(name)
        if name == self.cut:
            self.cut = ""
            raise KeyboardInterrupt
        if self.failing.get(name, 0):
            self.failing[name] -= 1
            raise StepError(Text("坏了", "broken"), Text("修好", "mend it"))
        return {"by": name}

    def clock(self) -> int:
        self.now_s += 7
        return self.now_s

    def walk(self, answers: Sequence[str] = (), language: Language = "en") -> tuple[Walk, Answering]:
        person = Answering(list(answers))
        acts = {step.name: lambda journey, name=step.name: self.act(name, journey) for step in STEPS}
        journey, _ = record.take_up(self.file, STEPS)
        return Walk(journey, acts, person, self.file, language, self.clock), person


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / record.FILE)


def test_all_goes_well(home: Home) -> None:
    walk, person = home.walk()
    assert walk.run()
    assert home.did == ["one", "two", "three"]
    assert person.said[-1] == "done, in 0:21"


def test_cut_off_anywhere_it_goes_on_there(home: Home) -> None:
    for cut in ("one", "two", "three"):
        home.cut = cut
        with pytest.raises(KeyboardInterrupt):
            home.walk()[0].run()
    assert home.walk()[0].run()
    assert home.did == ["one", "one", "two", "two", "three", "three"]


def test_a_failure_is_explained_and_tried_again(home: Home) -> None:
    home.failing = {"one": 2}
    walk, person = home.walk(["again", "1"])
    assert walk.run()
    assert person.said.count("× broken -> mend it") == 2


def test_what_may_be_left_is_left_and_said_so(home: Home) -> None:
    home.failing = {"two": 1}
    walk, person = home.walk(["leave"])
    assert walk.run()
    assert person.said[-1] == "left out: two"
    assert walk.journey.stand("two").outcome is Outcome.LEFT


def test_what_may_not_be_left_cannot_be_chosen(home: Home) -> None:
    home.failing = {"three": 1}
    with pytest.raises(ValueError, match="leave"):
        home.walk(["leave"])[0].run()


def test_kept_for_later_it_stands_where_it_failed(home: Home) -> None:
    home.failing = {"two": 1}
    assert not home.walk(["later"])[0].run()
    walk, person = home.walk()
    assert walk.journey.stand("two").problem == Text("坏了 → 修好", "broken -> mend it")
    assert walk.run()
    assert "× 2 two" in person.said
    assert home.did == ["one", "two", "two", "three"]


def test_a_question_without_an_answer_ends_the_walk_at_its_step(home: Home) -> None:
    home.failing = {"one": 1}
    with pytest.raises(AnswerError):
        home.walk()[0].run()
    assert record.take_up(home.file, STEPS)[0].stand("one").outcome is Outcome.FAILED
