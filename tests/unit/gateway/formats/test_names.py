"""Chinese names in letters: parted rightly, surnames read as surnames, and nothing left that a name rule refuses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.formats.names import family_in_letters, given_in_letters, in_latin, in_letters, parted


@pytest.mark.parametrize(
    ("name", "family", "given_name"),
    [
        ("王秀兰", "Wang", "Xiulan"),
        ("单雄信", "Shan", "Xiongxin"),
        ("仇英", "Qiu", "Ying"),
        ("欧阳单", "Ouyang", "Dan"),
        ("尉迟恭", "Yuchi", "Gong"),
        ("吕绿", "Lyu", "Lyu"),
        ("阿依古丽·买买提", "Maimaiti", "Ayiguli"),
        ("Mary Ann O'Neil", "O'Neil", "Mary Ann"),
        ("José Müller", "Muller", "Jose"),
        ("王", "Wang", ""),
        ("司马", "Si", "Ma"),
        ("王 秀兰", "Wang", "Xiulan"),
        ("李A", "Li", "A"),
    ],
)
def test_names_are_parted_and_read(name: str, family: str, given_name: str) -> None:
    assert (family_in_letters(name), given_in_letters(name)) == (family, given_name)


@given(st.text(max_size=40))
def test_nothing_is_left_that_the_name_rule_refuses(name: str) -> None:
    for said in (family_in_letters(name), given_in_letters(name), in_letters(name)):
        assert re.fullmatch(r"[A-Za-z .'-]*", said), said
        assert said == said.strip()


@given(st.text("王李欧阳单司马秀兰建国", min_size=1, max_size=6))
def test_no_character_of_a_chinese_name_is_lost(name: str) -> None:
    assert "".join(parted(name)) == name


@pytest.mark.parametrize(
    ("said", "latin"),
    [
        ("17:30 离开，终端故障。", "17:30 Likai, Zhongduanguzhang."),
        ("老人确认（电话 135-1234）", "Laorenqueren (Dianhua 135-1234)"),
        ("user7@agency.example", "user7@agency.example"),
        ("Café №5 — “done”", 'Cafe No5 - "done"'),
        ("\t\x1b[2J😀", "[2J"),
    ],
)
def test_other_words_keep_figures_and_signs(said: str, latin: str) -> None:
    assert in_latin(said) == latin


@given(st.text(max_size=60))
def test_other_words_are_ascii(said: str) -> None:
    assert re.fullmatch(r"[ -~]*", in_latin(said))
    assert sum(c.isdigit() for c in in_latin(said)) >= sum(c in "0123456789" for c in said)
