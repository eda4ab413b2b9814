"""The table of attacks and grades: where each was noticed, as what, and whether that is what was promised. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.attacks.catalogue import AFTERWARDS, ATTACKS, HONEST, Attack, Noticed, Unnoticed
from zhendao.simulators.attacks.grades import KITS, Grade
from zhendao.simulators.attacks.witness import GATEWAY, TERMINAL, Act, noticed

_NOWHERE = Text("未被发现", "not noticed")
_NOTHING = Text("—", "—")
_OPEN = Text("没有发现，但应当发现", "NOT NOTICED, and should be")
_AS_ALL = Text("（如实刷卡亦然）", " (as of every honest one)")
_HINT = Text("（仅供核查）", " (a hint)")
_PLACES = {TERMINAL: Text("终端", "terminal"), GATEWAY: Text("网关", "gateway")}


@dataclass(frozen=True, slots=True)
class Cell:
    """One attack at one grade. ``found``: where and as what; ``promised`` None: nothing to be attacked so."""

    attack: Attack
    grade: Grade
    promised: Noticed | Unnoticed | None
    found: frozenset[tuple[str, str]] = frozenset()
    played: bool = False
    usual: frozenset[tuple[str, str]] = frozenset()
    """What is said of honest ones at this grade."""

    @property
    def kept(self) -> bool:
        """Whether what is promised was kept; what is not promised, or was not played, always is."""
        if not self.played or not isinstance(self.promised, Noticed):
            return True
        return any(word in self.promised.words for _, word in self.found)

    def text(self, language: Language) -> str:
        """Return the cell for a person."""
        if not self.kept:
            return _OPEN.in_(language)
        if isinstance(self.promised, Unnoticed):
            return f"{_NOWHERE.in_(language)}{'：' if language == 'zh' else ': '}{self.promised.why.in_(language)}"
        if not self.played:
            return _NOTHING.in_(language)
        shown = self.found
        if isinstance(self.promised, Noticed):
            shown = frozenset(one for one in self.found if one[1] in self.promised.words)
        places = [(place, sorted(word for at, word in shown if at == place)) for place in (TERMINAL, GATEWAY)]
        said = [f"{_PLACES[place].in_(language)}: {', '.join(words)}" for place, words in places if words]
        remark = _HINT.in_(language) if isinstance(self.promised, Noticed) and self.promised.hint else ""
        if isinstance(self.promised, Noticed) and shown <= self.usual:
            remark += _AS_ALL.in_(language)
        return ("; ".join(said) or _NOTHING.in_(language)) + remark

    def as_json(self) -> dict[str, Any]:
        """Return the cell for a program."""
        return {
            "attack": self.attack.key,
            "grade": self.grade.value,
            "played": self.played,
            "promised": sorted(self.promised.words) if isinstance(self.promised, Noticed) else None,
            "why_not": {"zh": self.promised.why.zh, "en": self.promised.why.en}
            if isinstance(self.promised, Unnoticed)
            else None,
            "noticed": [{"where": place, "as": word} for place, word in sorted(self.found)],
            "kept": self.kept,
        }


def judged(acts: Sequence[Act], taken: Sequence[Mapping[str, Any]], grades: Iterable[Grade]) -> list[Cell]:
    """Return every cell of the table, the honest ones first."""
    grades = tuple(grades)
    found: dict[tuple[str, Grade], set[tuple[str, str]]] = {}
    for act in acts:
        found.setdefault((act.attack, act.grade), set()).update(noticed(act, taken))
    cells = []
    for attack in (HONEST, *ATTACKS):
        for grade in grades:
            seen = found.get((attack.key, grade))
            usual = frozenset(found.get((HONEST.key, grade), ()))
            promised = attack.promised.get(grade)
            cells.append(Cell(attack, grade, promised, frozenset(seen or ()), seen is not None, usual))
    return cells


def turned_away(acts: Iterable[Act]) -> list[Act]:
    """Return the honest acts that were not recorded: nobody may be turned away because somebody attacks."""
    return [act for act in acts if act.attack in {HONEST.key, AFTERWARDS.key} and act.check is None]


def rows(cells: Sequence[Cell], grades: Sequence[Grade], language: Language) -> list[list[str]]:
    """Return the rows of the table, of those attacks that were played."""
    made = []
    for attack in (HONEST, *ATTACKS):
        of = {cell.grade: cell for cell in cells if cell.attack is attack}
        if any(cell.played for cell in of.values()):
            made.append([attack.title.in_(language), *(of[grade].text(language) for grade in grades)])
    return made


def headers(grades: Sequence[Grade], language: Language) -> list[str]:
    """Return what stands above the columns."""
    return [Text("攻击", "attack").in_(language), *(KITS[grade].title.in_(language) for grade in grades)]


def markdown(cells: Sequence[Cell], grades: Sequence[Grade], language: Language) -> str:
    """Return the table for a document."""
    lines = [headers(grades, language), ["---"] * (len(grades) + 1), *rows(cells, grades, language)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
