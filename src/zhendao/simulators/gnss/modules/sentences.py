"""The two families that are configured by sentences: CASIC (`$PCAS…`, no answer) and Unicore (`$CFG…`, `$OK`). Pure.

Promise: a sentence with a wrong checksum changes nothing; what is not known is refused, or, by CASIC, ignored.
"""

from zhendao.simulators.gnss.modules.state import State
from zhendao.simulators.gnss.nmea import sentence

_LONGEST = 256
_CASIC_BAUDS = (4800, 9600, 19200, 38400, 57600, 115200)
_CASIC_FIELDS = {0: "GGA", 1: "GLL", 2: "GSA", 3: "GSV", 4: "RMC", 5: "VTG", 6: "ZDA", 13: "GST"}
_CASIC_SYSTEMS = {"1": "G", "2": "B", "3": "GB", "4": "R", "5": "GR", "6": "BR", "7": "GBR"}
_UNICORE_SYSTEMS = {"h01": "G", "h10": "B", "h11": "GB", "h101": "GR", "h111": "GBR"}
_UNICORE_MESSAGES = ("GGA", "GLL", "GSA", "GSV", "RMC", "VTG", "ZDA", "GST")
_UNICORE_BAUDS = ("9600", "19200", "38400", "57600", "115200", "230400")


class Lines:
    """Finds whole sentences in what the host sends; ``body`` checks the checksum."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the bodies of the sentences that are complete and whole; None of the others."""
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[-_LONGEST:]
        return [line.strip(b"\r").decode("latin-1") for line in whole]


def body(line: str, *, needs_checksum: bool) -> str | None:
    """Return what stands between ``$`` and ``*``; None for a line that is none, or is damaged."""
    at = line.rfind("$")
    if at < 0:
        return None
    inside, star, given = line[at + 1 :].partition("*")
    if not star:
        return None if needs_checksum else inside
    return inside if sentence(inside).decode().strip() == f"${inside}*{given.upper()}" else None


class Casic:
    """ATGM336H and its kin."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._lines = Lines()

    def hear(self, data: bytes) -> list[bytes]:
        """Obey; nothing is ever answered."""
        for line in self._lines.feed(data):
            inside = body(line, needs_checksum=True)
            if inside is not None:
                name, *fields = inside.split(",")
                self._obey(name, fields)
        return []

    def _obey(self, name: str, fields: list[str]) -> None:
        state = self.state
        match name, fields:
            case "PCAS00", []:
                state.save()
            case "PCAS01", [number] if number in "012345" and number:
                state.baud = _CASIC_BAUDS[int(number)]
            case "PCAS02", [period] if period.isdigit() and int(period) in {100, 200, 250, 500, 1000}:
                state.period_ms = int(period)
            case "PCAS03", _:
                for place, each in enumerate(fields):
                    if each.isdigit() and place in _CASIC_FIELDS:
                        state.rates[_CASIC_FIELDS[place]] = int(each)
            case "PCAS04", [mode] if mode in _CASIC_SYSTEMS:
                state.systems = frozenset(_CASIC_SYSTEMS[mode])
                state.silent_s = 0.3
            case "PCAS05", [version] if version in {"1", "2", "5", "9"}:
                state.modern = version in {"1", "2"}
            case _:
                pass


class Unicore:
    """UM220 and its kin."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._factory = dict(state.rates)
        self._lines = Lines()

    def hear(self, data: bytes) -> list[bytes]:
        """Obey and answer."""
        answers = []
        for line in self._lines.feed(data):
            if "$" not in line:
                continue
            inside = body(line, needs_checksum=False)
            if inside is None:
                answers.append(sentence("FAIL,1"))
                continue
            name, *fields = inside.split(",")
            good = self._obey(name.upper(), fields)
            echo = sentence(f"GNTXT,01,01,00,{inside}")
            answers += [echo, sentence("OK")] if good else [echo, sentence("FAIL,0")]
        return answers

    def _obey(self, name: str, fields: list[str]) -> bool:
        state = self.state
        match name, fields:
            case "CFGSYS", [mask] if mask.lower() in _UNICORE_SYSTEMS:
                state.systems = frozenset(_UNICORE_SYSTEMS[mask.lower()])
                # It begins anew, with the sentences of the factory.
                state.rates, state.silent_s = dict(self._factory), 0.8
            case "CFGNMEA", [version] if version.lower() in {"h30", "h51", "h52"}:
                state.modern = version.lower() != "h30"
            case "CFGNAV", [measured, fixed, *_] if measured == fixed and fixed in {"1000", "500", "200", "100"}:
                state.period_ms = int(fixed)
            case "CFGMSG", ["0", number, each] if (
                number.isdigit() and each.isdigit() and int(number) < len(_UNICORE_MESSAGES)
            ):
                state.rates[_UNICORE_MESSAGES[int(number)]] = int(each)
            case "CFGPRT", ["1", _, baud, *_] if baud in _UNICORE_BAUDS:
                state.baud = int(baud)
            case "CFGSAVE", _:
                state.save()
            case _:
                return False
        return True
