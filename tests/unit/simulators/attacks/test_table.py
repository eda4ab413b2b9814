"""What an act came to, and the table of attacks: judged from what the terminal said and the platform has."""

from typing import Any

import pytest

from zhendao.simulators.attacks.acts import PLAYERS
from zhendao.simulators.attacks.catalogue import AFTERWARDS, ATTACKS, HONEST, OFF_WALL, Noticed, Unnoticed
from zhendao.simulators.attacks.grades import Grade
from zhendao.simulators.attacks.main import _wanted, document
from zhendao.simulators.attacks.table import headers, judged, markdown, rows, turned_away
from zhendao.simulators.attacks.witness import GATEWAY, TERMINAL, Act, arrived, noticed
from zhendao.simulators.errors import SimulatorError

DEVICE, EPOCH = "d" * 32, "e" * 32


def act(attack: str, seq: int | None = 1, moment: str = "checked-in", *, bad: bool = False, **more: Any) -> Act:
    check = None if seq is None else (DEVICE, EPOCH, seq)
    return Act(attack, more.get("grade", Grade.FRESH), moment, bad, check)


def visit(seq: int, *words: str, flags: tuple[str, ...] = (), side: str = "in", revision: int = 1) -> dict[str, Any]:
    tokens = {"card": {"findings": list(words)}} if words else {}
    payload = {
        "device": DEVICE,
        "flags": [{"flag": flag} for flag in flags],
        side: {"epoch": EPOCH, "seq": seq, "tokens": tokens},
    }
    return {"record_type": "visit", "status": "taken", "key": str(seq), "revision": revision, "payload": payload}


def test_what_the_terminal_says_is_noticed_there() -> None:
    assert noticed(act("x", None, "forged", bad=True), []) == {(TERMINAL, "forged")}
    assert noticed(act("x", 1, "checked-out-unknown"), []) == {(TERMINAL, "unknown")}
    assert noticed(act("x"), []) == frozenset()


def test_what_the_gateway_found_is_of_that_very_side() -> None:
    taken = [visit(1, "token_forged", flags=("weak_token", "short", "token_forged")), visit(2, "token_slow")]
    assert noticed(act("x", 1), taken) == {(GATEWAY, "token_forged"), (GATEWAY, "weak_token")}
    assert noticed(act("x", 2), taken) == {(GATEWAY, "token_slow")}
    assert noticed(act("x", 2), [visit(2, "token_slow"), visit(2, side="out", revision=2)]) == frozenset()
    assert arrived(act("x", 2), taken)
    assert not arrived(act("x", 3), taken)
    assert arrived(act("x", None, "forged", bad=True), [])


def test_a_promise_is_broken_by_silence_and_by_another_word_alone() -> None:
    acts = [act("copied-ndef", None, "forged", bad=True), act("revoked", 2)]
    cells = {(c.attack.key, c.grade): c for c in judged(acts, [visit(2, "token_slow")], Grade)}
    assert cells["copied-ndef", Grade.FRESH].kept
    assert not cells["revoked", Grade.FRESH].kept
    assert cells["copied-ndef", Grade.SIGNED].kept  # not played
    assert cells["revoked", Grade.FRESH].text("en") == "NOT NOTICED, and should be"
    assert cells["revoked", Grade.FRESH].as_json()["noticed"] == [{"where": "gateway", "as": "token_slow"}]


def test_one_of_several_acts_is_enough_and_what_honest_ones_get_is_marked() -> None:
    acts = [act("honest", 1), act("harvested-to-the-last", 2), act("harvested-to-the-last", 3)]
    taken = [visit(1, "token_undated"), visit(2), visit(3, "token_undated")]
    cells = judged(acts, taken, [Grade.FRESH])
    cell = next(one for one in cells if one.attack.key == "harvested-to-the-last")
    assert cell.kept
    assert cell.text("en") == "gateway: token_undated (as of every honest one)"
    assert cell.text("zh") == "网关: token_undated（如实刷卡亦然）"


def test_honest_people_that_are_turned_away_are_named() -> None:
    away = act(AFTERWARDS.key, None, "unreadable", bad=True)
    assert turned_away([act(HONEST.key), away, act("revoked", None, "blocklisted", bad=True)]) == [away]


def test_the_table_has_the_attacks_that_were_played_and_both_languages() -> None:
    acts = [act("relayed", 1), act("lent", 2)]
    cells = judged(acts, [visit(1, "token_slow"), visit(2)], Grade)
    grades = tuple(Grade)
    assert [row[0] for row in rows(cells, grades, "en")] == ["lent card", "relayed live (each answer 60 ms later)"]
    assert len(headers(grades, "zh")) == len(grades) + 1
    text = markdown(cells, grades, "en")
    assert "gateway: token_slow (a hint)" in text
    assert "not noticed: a card can be lent" in text
    assert document(cells, grades).count("\n| --- |") == 2


def test_every_attack_is_played_and_none_is_unnoticed_from_dynamic_on_but_who_is_the_card() -> None:
    assert list(PLAYERS) == [attack.key for attack in ATTACKS if attack.key != OFF_WALL]
    for attack in ATTACKS:
        for grade in (Grade.PLAIN, Grade.FRESH, Grade.CHALLENGE):
            promised = attack.promised.get(grade)
            assert isinstance(promised, Noticed | None) or attack.key in {"lent", "broken-open"}
            if isinstance(promised, Noticed):
                assert promised.hint is (attack.key == "relayed")
        assert all(isinstance(one, Noticed | Unnoticed) for one in attack.promised.values())


def test_an_attack_that_is_not_there_is_named() -> None:
    assert _wanted("relayed, revoked") == ("relayed", "revoked")
    assert len(_wanted("")) == len(ATTACKS)
    with pytest.raises(SimulatorError) as failed:
        _wanted("relayed,magic")
    assert "magic" in failed.value.what.en
