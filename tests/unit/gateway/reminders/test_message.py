"""What a reminder says: enough, and no more; each person of a group in one message that is taken. rule: PIPL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.reminded import at
from zhendao.gateway.reminders.message import Form, Moment, Person, moment_of, surname, to_group, to_one
from zhendao.gateway.reminders.wording import words_of

WORDS = words_of("zh", None)
NOW = Moment("11月2日", "09:30")
PLAIN, MARKED = Form(markdown=False, limit=2048), Form(markdown=True, limit=4096)
LI = Person(1, "C1", "李婉", "13612345678", "O1", "安康养老院")
OUYANG = Person(2, "C2", "欧阳建国", "13712345678", "O1", "安康养老院", "station")
ZHAO = Person(3, "C3", "赵敏", None, "O2", "颐和居家", "home")


def test_a_moment_is_local() -> None:
    assert moment_of(at("09:30"), 8 * 3_600_000, "zh") == NOW
    assert moment_of(at("09:30"), 8 * 3_600_000, "en") == Moment("02 Nov", "09:30")


def test_a_text_names_her_by_her_surname_and_says_which_terminal_is_offline() -> None:
    text, parts = to_one(WORDS, LI, NOW)
    assert text.startswith("李*您好：截至09:30尚未收到您今天的打卡。")
    assert "安康养老院" in text
    assert parts["name"] == "李*"
    assert "安康养老院的终端目前离线，若您已在那里打卡，无需任何操作" in to_one(WORDS, OUYANG, NOW)[0]
    assert "您服务的老人家中的终端目前离线" in to_one(WORDS, ZHAO, NOW)[0]
    assert [surname(one) for one in ("李婉", "欧阳建国", "李", "")] == ["李*", "欧***", "李*", ""]


@pytest.mark.parametrize(
    ("how", "there", "not_there"),
    [
        ("masked", ["*婉", "***国"], ["李婉", "李*", "建国", "136"]),
        ("surname", ["李*", "欧***"], ["李婉", "*婉", "建国", "136"]),
        ("whole", ["李婉", "欧阳建国"], ["136"]),
        ("count", ["尚有3人未打卡", "其中2人所用终端离线"], ["李", "婉", "欧", "安康", "136"]),
    ],
)
def test_a_group_sees_what_its_channel_allows(how: str, there: list[str], not_there: list[str]) -> None:
    (part,) = to_group(WORDS, [ZHAO, OUYANG, LI], NOW, how, PLAIN)
    assert [one for one in there if one not in part.text] == []
    assert [one for one in not_there if one in part.text] == []
    assert set(part.people) == {LI, OUYANG, ZHAO}


def test_a_list_goes_by_organisation_and_masks_are_no_marks() -> None:
    (plain,) = to_group(WORDS, [ZHAO, OUYANG, LI], NOW, "masked", PLAIN)
    assert plain.text.split("\n")[2:7] == [
        "安康养老院（2人）", "*婉", "***国（安康养老院的终端离线，若已打卡则无需操作）",
        "颐和居家（1人）", "*敏（您服务的老人家中的终端离线，若已打卡则无需操作）",
    ]  # fmt: skip
    (marked,) = to_group(WORDS, [ZHAO, OUYANG, LI], NOW, "masked", MARKED)
    assert "*" not in marked.text
    assert "\n- ＊婉\n" in marked.text


names = st.text(st.characters(categories=["L"]) | st.sampled_from("*#[]()"), min_size=1, max_size=20)
people = st.lists(
    st.builds(
        Person, st.integers(1, 10**6), st.integers(1, 10**6).map(str), names, st.none(), st.sampled_from("ABC"),
        st.just("机构"), st.sampled_from([None, "station", "home"]),
    ),
    min_size=1, max_size=120, unique_by=lambda one: one.reminder_id,
)  # fmt: skip


@given(people, st.sampled_from(["masked", "surname", "whole", "count"]), st.sampled_from([PLAIN, MARKED]))
def test_each_person_is_in_one_message_and_no_message_is_too_long(several: list[Person], how: str, form: Form) -> None:
    parts = to_group(WORDS, several, NOW, how, form)
    assert sorted(one.reminder_id for part in parts for one in part.people) == sorted(o.reminder_id for o in several)
    assert all(len(part.text.encode()) <= form.limit for part in parts)
    assert all(f"{len(part.people)}人" in part.text for part in parts)
