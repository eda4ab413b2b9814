"""u-blox M8 and M10: UBX-CFG messages, each answered by ACK-ACK or ACK-NAK. Pure.

Promise: a frame with a wrong checksum or length changes nothing; an M10 knows keys and values alone, an M8 none.
"""

from struct import iter_unpack, unpack_from

from zhendao.simulators.gnss.modules.state import State
from zhendao.simulators.gnss.uart import BAUDS

_SYNC = b"\xb5\x62"
_CFG, _VALSET = 0x06, 0x8A
_LONGEST = 512
_MESSAGES = {0: "GGA", 1: "GLL", 2: "GSA", 3: "GSV", 4: "RMC", 5: "VTG", 7: "GST", 8: "ZDA"}
_SYSTEMS = {0: "G", 3: "B", 6: "R"}
_OUTPUTS = {
    0x209100BB: "GGA",
    0x209100CA: "GLL",
    0x209100C0: "GSA",
    0x209100C5: "GSV",
    0x209100AC: "RMC",
    0x209100B1: "VTG",
    0x209100D4: "GST",
    0x209100D9: "ZDA",
}
_ENABLE = {0x1031001F: "G", 0x10310022: "B", 0x10310025: "R"}
_SIGNALS = {"G": (0x10310001,), "B": (0x1031000D, 0x1031000F), "R": (0x10310018,)}
"""A system is heard when it is enabled, and one of its signals with it; B1I and B1C exclude each other."""
_TAKEN = frozenset({0x10310021, 0x30210002})
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}


def framed(kind: bytes, payload: bytes) -> bytes:
    """Return a whole frame."""
    inside = kind + len(payload).to_bytes(2, "little") + payload
    return _SYNC + inside + _sum(inside)


def _sum(data: bytes) -> bytes:
    a = b = 0
    for byte in data:
        a = (a + byte) % 256
        b = (b + a) % 256
    return bytes([a, b])


class Ublox:
    """One receiver; ``flash`` whether it has a memory for its configuration that needs no battery."""

    def __init__(self, state: State, *, keys: bool, flash: bool) -> None:
        self.state = state
        self._keys, self._flash = keys, flash
        self._buffer = b""
        self._enabled = {name: name in state.systems for name in _SIGNALS}
        self._signals = {0x10310001: 1, 0x1031000D: 1, 0x1031000F: 0, 0x10310018: 1}

    def hear(self, data: bytes) -> list[bytes]:
        """Obey and answer."""
        self._buffer += data
        answers = []
        while (at := self._buffer.find(_SYNC)) >= 0:
            self._buffer = self._buffer[at:]
            if len(self._buffer) < 6:  # noqa: PLR2004 - sync, class, id, length
                break
            (size,) = unpack_from("<H", self._buffer, 4)
            whole = self._buffer[: 8 + size]
            if size > _LONGEST or (len(whole) == 8 + size and _sum(whole[2:-2]) != whole[-2:]):
                self._buffer = self._buffer[2:]
                continue
            if len(whole) < 8 + size:
                break
            self._buffer = self._buffer[8 + size :]
            kind, payload = whole[2:4], whole[6:-2]
            if kind[0] == _CFG:
                good = self._obey(kind[1], payload)
                answers.append(framed(b"\x05\x01" if good else b"\x05\x00", kind))
        self._buffer = self._buffer[-_LONGEST - 8 :]
        return answers

    def _obey(self, which: int, payload: bytes) -> bool:
        if self._keys:
            return which == _VALSET and self._keyed(payload)
        return self._plain(which, payload)

    def _plain(self, which: int, payload: bytes) -> bool:
        state = self.state
        match which, len(payload):
            case 0x00, 20 if payload[0] == 1 and unpack_from("<I", payload, 8)[0] in BAUDS:
                (state.baud,) = unpack_from("<I", payload, 8)
            case 0x01, 3 if payload[0] == 0xF0 and payload[1] in _MESSAGES:  # noqa: PLR2004 - class NMEA
                state.rates[_MESSAGES[payload[1]]] = payload[2]
            case 0x08, 6:
                state.period_ms = unpack_from("<H", payload)[0]
            case 0x09, 13 if unpack_from("<I", payload, 4)[0]:
                state.save()
            case 0x17, 20 if payload[1] in {0x23, 0x40, 0x41, 0x4B}:
                state.modern = payload[1] in {0x41, 0x4B}
            case 0x3E, size if size == 4 + 8 * payload[3]:
                blocks = list(iter_unpack("<BBBBI", payload[4:]))
                named = {_SYSTEMS[one[0]]: bool(one[4] & 1) for one in blocks if one[0] in _SYSTEMS}
                state.systems = frozenset(name for name in "GBR" if named.get(name, name in state.systems))
                state.silent_s = 0.5
            case _:
                return False
        return True

    def _keyed(self, payload: bytes) -> bool:
        layers = payload[1] if len(payload) >= 4 and payload[0] == 0 else 0  # noqa: PLR2004 - version, layers, two kept
        if not layers or (layers & 4 and not self._flash):
            return False
        pairs = _pairs(payload[4:])
        both = {**self._signals, **dict(pairs)}
        if both[0x1031000D] and both[0x1031000F]:
            return False
        if not pairs or not all(self._known(key, value) for key, value in pairs):
            return False
        if layers & 1:
            for key, value in pairs:
                self._set(key, value)
        if layers & 6:
            self.state.save()
        return True

    def _known(self, key: int, value: int) -> bool:
        if key == 0x40520001:  # noqa: PLR2004 - CFG-UART1-BAUDRATE
            return value in BAUDS
        if key == 0x20930001:  # noqa: PLR2004 - CFG-NMEA-PROTVER
            return value in {21, 23, 40, 41, 42}
        if key == 0x30210001:  # noqa: PLR2004 - CFG-RATE-MEAS
            return value > 0
        return key in _OUTPUTS or key in _ENABLE or key in _TAKEN or key in self._signals

    def _set(self, key: int, value: int) -> None:
        state = self.state
        if key in _OUTPUTS:
            state.rates[_OUTPUTS[key]] = value
        elif key in _ENABLE or key in self._signals:
            if key in _ENABLE:
                self._enabled[_ENABLE[key]] = bool(value)
            else:
                self._signals[key] = value
            state.systems = frozenset(
                name for name, on in self._enabled.items() if on and any(self._signals[one] for one in _SIGNALS[name])
            )
            state.silent_s = 0.5
        elif key == 0x40520001:  # noqa: PLR2004 - CFG-UART1-BAUDRATE
            state.baud = value
        elif key == 0x20930001:  # noqa: PLR2004 - CFG-NMEA-PROTVER
            state.modern = value > 40  # noqa: PLR2004 - NMEA 4.0
        elif key == 0x30210001:  # noqa: PLR2004 - CFG-RATE-MEAS
            state.period_ms = value


def _pairs(data: bytes) -> list[tuple[int, int]]:
    """Return keys with their values; nothing where they are cut off."""
    pairs = []
    at = 0
    while at + 4 <= len(data):
        key = int.from_bytes(data[at : at + 4], "little")
        size = _SIZES.get(key >> 28, 0)
        value = data[at + 4 : at + 4 + size]
        if not size or len(value) < size:
            return []
        pairs.append((key, int.from_bytes(value, "little")))
        at += 4 + size
    return pairs if at == len(data) else []
