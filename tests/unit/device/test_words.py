"""Times, codes and counts as they are shown and said, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.feedback.words import MOST, Ago, Count, Digits, TimeOfDay, Word, spoken_pieces
from zhendao.protocol.wording import Language

LANGUAGES: tuple[Language, Language] = ("zh", "en")


def said(word: Word, language: Language) -> str:
    written = spoken_pieces(language)
    return ("" if language == "zh" else " ").join(written[one] for one in word.pieces(language))


@pytest.mark.parametrize(
    ("hour", "minute", "zh", "en"),
    [
        (9, 2, "九点零二分", "nine oh two"),
        (0, 0, "零点整", "midnight"),
        (0, 5, "零点零五分", "zero oh five"),
        (2, 30, "两点三十", "two thirty"),
        (10, 10, "十点十", "ten ten"),
        (12, 0, "十二点整", "twelve o'clock"),
        (13, 0, "十三点整", "thirteen hundred"),
        (22, 45, "二十二点四十五", "twenty two forty five"),
        (23, 59, "二十三点五十九", "twenty three fifty nine"),
    ],
)
def test_a_time_of_day(hour: int, minute: int, zh: str, en: str) -> None:
    time = TimeOfDay(hour * 60 + minute)
    assert (said(time, "zh"), said(time, "en")) == (zh, en)
    assert time.text("zh") == time.text("en") == f"{hour}:{minute:02}"


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "零", "zero"),
        (2, "两", "two"),
        (10, "十", "ten"),
        (12, "十二", "twelve"),
        (20, "二十", "twenty"),
        (22, "二十二", "twenty two"),
        (100, "一百", "one hundred"),
        (102, "一百零二", "one hundred and two"),
        (110, "一百一十", "one hundred and ten"),
        (112, "一百一十二", "one hundred and twelve"),
        (250, "二百五十", "two hundred and fifty"),
        (999, "九百九十九", "nine hundred and ninety nine"),
        (5000, "九百九十九", "nine hundred and ninety nine"),
    ],
)
def test_a_count(number: int, zh: str, en: str) -> None:
    assert (said(Count(number), "zh"), said(Count(number), "en")) == (zh, en)
    assert Count(number).text("zh") == (str(number) if number <= MOST else "999+")


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [(0, "刚才", "just now"), (1, "一分钟前", "one minute ago"), (2, "两分钟前", "two minutes ago")],
)
def test_how_long_ago(minutes: int, zh: str, en: str) -> None:
    assert (said(Ago(minutes), "zh"), said(Ago(minutes), "en")) == (zh, en)
    assert Ago(12).text("zh") == "12 分钟前"


def test_a_code_is_said_digit_by_digit_and_one_is_not_mistaken_for_seven() -> None:
    assert said(Digits("017"), "zh") == "零幺七"
    assert said(Digits("017"), "en") == "zero one seven"
    assert Digits("1234567").text("zh") == "123 456 7"


@given(
    st.one_of(
        st.integers(0, 1439).map(TimeOfDay),
        st.from_regex(r"\A[0-9]{1,12}\Z").map(Digits),
        st.integers(0, 10**9).map(Count),
        st.integers(0, 10**9).map(Ago),
    )
)
def test_whatever_is_said_there_is_a_piece_for_it(word: Word) -> None:
    for language in LANGUAGES:
        assert set(word.pieces(language)) <= set(spoken_pieces(language))
        assert word.pieces(language)
        assert word.text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_piece_is_there_that_nothing_is_said_with(language: Language) -> None:
    words = [
        *map(TimeOfDay, range(1440)),
        *map(Count, range(MOST + 1)),
        *map(Ago, range(2)),
        Ago(2),
        Digits("0123456789"),
    ]
    assert {one for word in words for one in word.pieces(language)} == set(spoken_pieces(language))


def test_what_is_no_time_no_code_no_count_is_refused() -> None:
    for wrong in (-1, 1440):
        with pytest.raises(ValueError, match="minutes"):
            TimeOfDay(wrong)
    for code in ("", "12a", "١٢", "1" * 13):
        with pytest.raises(ValueError, match="digits"):
            Digits(code)
    with pytest.raises(ValueError, match="negative"):
        Count(-1)
    with pytest.raises(ValueError, match="future"):
        Ago(-1)
