"""What is said with which recordings, and how long it takes: over the whole table, on the prompts as they are built."""

import array
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest

from samples.voices import BUILD, built
from zhendao.device.feedback.moments import TABLE, Moment, Origin
from zhendao.device.feedback.voice.prompts import AT_ONCE, HERE, LIMIT_S, limit_s, said, script, wording
from zhendao.device.feedback.voice.sounds import Sound, sound
from zhendao.device.feedback.words import Ago, Count, Digits, TimeOfDay, Word
from zhendao.protocol.wording import Language

LANGUAGES: tuple[Language, Language] = ("zh", "en")
Sounds = dict[tuple[Language, str], Sound]


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    home = built()
    return {
        (language, name): sound(home / language / f"{name}.wav") for language in LANGUAGES for name in script(language)
    }


def words_of(moment: Moment) -> Iterator[tuple[Word, ...]]:
    """Whatever may be said with a moment that answers a tap."""
    match moment:
        case Moment.ALREADY_RECORDED:
            yield from ((TimeOfDay(minutes),) for minutes in range(1440))
            yield from ((Ago(minutes),) for minutes in range(61))
        case Moment.RECEIPT:
            yield from ((Digits(digit * 6),) for digit in "0123456789")
    yield ()


def test_what_answers_a_tap_is_said_within_two_seconds(sounds: Sounds) -> None:
    answers = [one for one, shown in TABLE.items() if shown.spoken and (shown.origin is Origin.TAP or one in AT_ONCE)]
    assert len(answers) > 20
    for language, moment in product(LANGUAGES, answers):
        for words in words_of(moment):
            seconds = sum(sounds[language, name].seconds for name in said(moment, words, language))
            assert 0.2 < seconds <= LIMIT_S, (language, moment, words, seconds)


def test_every_recording_is_as_short_as_it_has_to_be_and_none_is_silent(sounds: Sounds) -> None:
    for (language, name), found in sounds.items():
        limit = limit_s(name)
        assert limit is None or found.seconds <= limit, (language, name)
        samples = array.array("h", b"".join(found.blocks(100)))
        top, bottom = max(samples), min(samples)
        assert 28_000 <= max(top, -bottom) <= 29_000, "alike in loudness"


def test_the_folder_holds_what_the_table_names_and_nothing_else() -> None:
    for language in LANGUAGES:
        assert {one.name for one in (built() / language).iterdir()} == {f"{name}.wav" for name in script(language)}


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("voices_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_sources_give_the_same_bytes() -> None:
    module = builder()
    for language, name in (("zh", "checked-in"), ("en", "hour-9"), ("zh", "digit-7"), ("en", "sos-offline")):
        samples = module.shortest("espeak-ng", language, script(language)[name], limit_s(name) or 15, name)
        assert module.wav(samples) == (built() / language / f"{name}.wav").read_bytes()


def test_what_cannot_be_said_in_time_ends_the_build() -> None:
    with pytest.raises(ValueError, match="cannot be said in"):
        builder().shortest("espeak-ng", "en", "this is far too much to be said", 0.3, "much")


def test_a_builder_that_cannot_go_on_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "voices"
    out.mkdir()
    (out / "old").touch()
    few = ["prlimit", "--fsize=20000", sys.executable, str(BUILD), "--out", str(out)]
    done = subprocess.run(few, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "could not be made" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["voices"]
    assert (out / "old").exists()
    done = subprocess.run([sys.executable, str(BUILD)], capture_output=True, text=True, check=False, env={"PATH": ""})
    assert done.returncode == 1
    assert "apt-get install espeak-ng" in done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_recording_is_said_by_something(language: Language) -> None:
    named = {name for moment in Moment for name in said(moment, (), language)}
    assert named <= set(script(language))
    assert {name for name in script(language) if name in {*Moment, *(f"{one}-after" for one in Moment)}} == named


def test_words_have_one_place_in_both_languages_or_none() -> None:
    for shown in TABLE.values():
        if shown.spoken is not None:
            assert shown.spoken.zh.count(HERE) == shown.spoken.en.count(HERE) <= 1


def test_a_repeated_tap_hears_when_it_was_recorded() -> None:
    nine = (TimeOfDay(542),)
    assert wording(Moment.ALREADY_RECORDED, nine, "zh") == "已记录九点零二分"
    assert wording(Moment.ALREADY_RECORDED, nine, "en") == "recorded already nine oh two"
    assert wording(Moment.ALREADY_RECORDED, (), "zh") == "已记录", "where the time is not known"


def test_words_between_words_are_said_between_them() -> None:
    assert wording(Moment.PRIVACY, (Count(2),), "zh").startswith("本机开机以来记了两条。没有摄像头")


def test_words_of_a_moment_that_has_no_place_for_them_are_not_said() -> None:
    assert said(Moment.CHECKED_IN, (Digits("123456"),), "zh") == ("checked-in",)
    assert said(Moment.ACCEPTED, (), "zh") == ()
