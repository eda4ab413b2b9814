"""What a spectator sees: one row for each home, and the last things that happened. Values in, values out."""

from collections import Counter, deque
from dataclasses import dataclass, field

from zhendao.protocol.wording import Language, Text

LINES = 12
"""How many of the last happenings are shown."""

HEADERS = (
    Text("老人", "elder"),
    Text("网络", "link"),
    Text("刚才", "last signal"),
    Text("打卡", "checks"),
    Text("其他刷卡", "other taps"),
    Text("上门", "visits"),
    Text("结论", "verdicts"),
    Text("平台回执", "receipts"),
)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, ``at_s`` seconds after the day began, in a home or (None) everywhere."""

    at_s: float
    home: str | None
    text: Text

    def line(self, names: dict[str, str], language: Language) -> str:
        """Return the happening as one line."""
        where = names.get(self.home or "", "")
        return f"{self.at_s:6.1f} s  {where:<4}  {self.text.in_(language)}".rstrip()


@dataclass(slots=True)
class Row:
    """One home, as far as it is known."""

    elder: str
    online: bool = True
    signal: Text = field(default=Text("", ""))
    checks: int = 0
    others: int = 0
    receipts: int = 0
    verdicts: dict[str, Text] = field(default_factory=dict)
    """By visit: what the gateway said of it last."""

    def cells(self, language: Language) -> tuple[str, ...]:
        """Return what the table shows, in the order of `HEADERS`."""
        counted = Counter(verdict.in_(language) for verdict in self.verdicts.values())
        return (
            self.elder,
            Text("通" if self.online else "断", "up" if self.online else "cut").in_(language),
            self.signal.in_(language),
            str(self.checks),
            str(self.others),
            str(len(self.verdicts)),
            ", ".join(f"{text} ×{n}" if n > 1 else text for text, n in counted.items()),
            str(self.receipts),
        )


@dataclass(slots=True)
class Board:
    """All that is shown."""

    rows: dict[str, Row]
    happenings: list[Happening] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        """Elder's name by home."""
        return {key: row.elder for key, row in self.rows.items()}

    def note(self, happening: Happening) -> None:
        """Keep what happened."""
        self.happenings.append(happening)

    def latest(self, language: Language) -> list[str]:
        """Return the last happenings as lines, oldest first."""
        return [one.line(self.names, language) for one in deque(self.happenings, LINES)]
