"""What was done, seen and heard, as it happened: one run, written down in either language."""

from dataclasses import dataclass, field

from zhendao.protocol.wording import Language, Text

_MS = 1_000_000
_PAUSE_NS = 10_000 * _MS


@dataclass(slots=True)
class Transcript:
    """Lines with their time after local midnight, ns. ``done`` are what people do, the others what comes of it."""

    lines: list[tuple[int, bool, Text]] = field(default_factory=list)

    def done(self, at_ns: int, text: Text) -> None:
        self.lines.append((at_ns, True, text))

    def came(self, at_ns: int, text: Text) -> None:
        self.lines.append((at_ns, False, text))

    def written(self, language: Language) -> str:
        ordered = sorted(self.lines, key=lambda one: one[0])
        found, before_ns = [], 0
        for at_ns, done, text in ordered:
            pause = "\n" if not done and at_ns - before_ns > _PAUSE_NS else ""
            found.append(f"{pause}{_line(at_ns, done, text.in_(language))}\n")
            before_ns = at_ns
        return "".join(found)


def _line(at_ns: int, done: bool, text: str) -> str:  # noqa: FBT001 - as it is kept
    milliseconds = at_ns // _MS
    seconds, thousandths = divmod(milliseconds, 1000)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"\n{time}  {text}" if done else f"{time}.{thousandths // 100}    {text}"
