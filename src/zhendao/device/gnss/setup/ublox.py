"""u-blox: M8 by UBX-CFG messages of its own kind each, M10 by keys and values (UBX-CFG-VALSET). Pure.

Every message is answered by ACK-ACK or ACK-NAK, but for the one that changes the baud rate.
"""

from __future__ import annotations

import struct

from zhendao.device.gnss.setup.steps import Answer, Plan, Step, wanted
from zhendao.device.gnss.setup.ubx import frame
from zhendao.protocol.wording import Text

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800)
CFG_PRT, CFG_MSG, CFG_RATE = (0x06, 0x00), (0x06, 0x01), (0x06, 0x08)
CFG_CFG, CFG_NMEA, CFG_GNSS, CFG_VALSET = (0x06, 0x09), (0x06, 0x17), (0x06, 0x3E), (0x06, 0x8A)

NMEA_CLASS = 0xF0
MESSAGES = {"GGA": 0, "GLL": 1, "GSA": 2, "GSV": 3, "RMC": 4, "VTG": 5, "GST": 7, "ZDA": 8}
_GPS, _SBAS, _BEIDOU, _QZSS, _GLONASS = 0, 1, 3, 5, 6
_SYSTEMS = (
    (_GPS, 8, 16, True),
    (_SBAS, 1, 3, False),
    (_BEIDOU, 8, 16, True),
    (_QZSS, 0, 3, False),
    (_GLONASS, 8, 14, False),
)
"""System, channels kept for it, channels at most, whether it is used."""
_FIRST_SIGNAL = 1 << 16
_UART1, _UBX_AND_NMEA, _ALL_IN, _8N1 = 1, 3, 7, 0x08D0
_NMEA_41 = 0x41
_EVERYTHING, _ANY_MEMORY = 0x1F1F, 0x17

SIGNALS = {
    0x1031001F: 1,  # GPS
    0x10310001: 1,  # GPS L1 C/A
    0x10310022: 1,  # BeiDou
    0x1031000D: 1,  # BeiDou B1I
    0x1031000F: 0,  # BeiDou B1C, which excludes B1I
    0x10310021: 0,  # Galileo
    0x10310025: 0,  # GLONASS
}
"""Keys of CFG-SIGNAL, one byte each."""
OUTPUTS = {
    "GGA": 0x209100BB,
    "GLL": 0x209100CA,
    "GSA": 0x209100C0,
    "GSV": 0x209100C5,
    "RMC": 0x209100AC,
    "VTG": 0x209100B1,
    "GST": 0x209100D4,
    "ZDA": 0x209100D9,
}
"""Keys of CFG-MSGOUT for UART1, one byte each."""
PROTOCOL, MEASURED, PER_FIX, BAUDRATE = 0x20930001, 0x30210001, 0x30210002, 0x40520001
_NMEA_411 = 42
RAM, BATTERY, FLASH = 1, 2, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4}
"""Bytes of a value, by the first digit of its key."""

_WHAT = {
    "systems": Text("卫星系统：GPS + 北斗", "systems: GPS + BeiDou"),
    "nmea": Text("NMEA 4.1", "NMEA 4.1"),
    "second": Text("每秒一次", "once a second"),
    "sentences": Text("语句", "sentences"),
}


def plan_m8(baud: int, *, change: bool) -> Plan:
    """Return the steps of an M8 for a line at ``baud``; ``change``: it is at another rate now."""
    blocks = b"".join(
        struct.pack("<BBBBI", system, kept, most, 0, _FIRST_SIGNAL | used) for system, kept, most, used in _SYSTEMS
    )
    nmea = struct.pack("<BBBBIBBBB2s6s", 0, _NMEA_41, 0, 0, 0, 0, 0, 0, 1, b"\0\0", bytes(6))
    steps = [
        _step("systems", CFG_GNSS, bytes((0, 0, 0x20, len(_SYSTEMS))) + blocks, pause_s=1.0),
        _step("nmea", CFG_NMEA, nmea),
        _step("second", CFG_RATE, struct.pack("<HHH", 1000, 1, 1)),
    ]
    for name, every in {**wanted(baud), "GLL": 0, "VTG": 0}.items():
        what = Text(f"{name} 每 {every} 秒", f"{name} every {every} s") if every else Text(f"不发 {name}", f"no {name}")
        message = frame(CFG_MSG, bytes((NMEA_CLASS, MESSAGES[name], every)))
        steps.append(Step(what, message, Answer.ACK, CFG_MSG))
    if change:
        port = struct.pack("<BBHIIHHHH", _UART1, 0, 0, _8N1, baud, _ALL_IN, _UBX_AND_NMEA, 0, 0)
        steps.append(Step(Text(f"波特率 {baud}", f"{baud} baud"), frame(CFG_PRT, port), baud=baud, pause_s=0.3))
    save = frame(CFG_CFG, struct.pack("<IIIB", 0, _EVERYTHING, 0, _ANY_MEMORY))
    kept = Step(Text("保存到闪存与备份内存", "save to its flash and backed-up memory"), save, Answer.ACK, CFG_CFG)
    return Plan(tuple(steps), (kept,))


def plan_m10(baud: int, *, change: bool) -> Plan:
    """Return the steps of an M10 for a line at ``baud``; ``change``: it is at another rate now."""
    outputs = {OUTPUTS[name]: every for name, every in {**wanted(baud), "GLL": 0, "VTG": 0}.items()}
    groups = (
        ("systems", SIGNALS, 1.0),
        ("nmea", {PROTOCOL: _NMEA_411}, 0.1),
        ("second", {MEASURED: 1000, PER_FIX: 1}, 0.1),
        ("sentences", outputs, 0.1),
    )
    steps = [_step(name, CFG_VALSET, values(RAM, keys), pause_s=pause_s) for name, keys, pause_s in groups]
    if change:
        port = frame(CFG_VALSET, values(RAM, {BAUDRATE: baud}))
        steps.append(Step(Text(f"波特率 {baud}", f"{baud} baud"), port, baud=baud, pause_s=0.3))
    everything = {**SIGNALS, PROTOCOL: _NMEA_411, MEASURED: 1000, PER_FIX: 1, **outputs, BAUDRATE: baud}
    save = (
        Step(
            Text("保存到备份内存（由备用电池保持）", "save to its memory behind the battery"),
            frame(CFG_VALSET, values(BATTERY, everything)),
            Answer.ACK,
            CFG_VALSET,
        ),
        Step(
            Text("保存到闪存（若有）", "save to its flash, where there is one"),
            frame(CFG_VALSET, values(FLASH, everything)),
            Answer.ACK,
            CFG_VALSET,
            optional=True,
        ),
    )
    return Plan(tuple(steps), save)


def values(layer: int, pairs: dict[int, int]) -> bytes:
    """Return the payload of CFG-VALSET: version 0, the layer, two bytes kept, then keys and values, little-endian."""
    packed = b"".join(
        key.to_bytes(4, "little") + value.to_bytes(_SIZES[key >> 28], "little") for key, value in pairs.items()
    )
    return bytes((0, layer, 0, 0)) + packed


def _step(name: str, kind: tuple[int, int], payload: bytes, *, pause_s: float = 0.1) -> Step:
    return Step(_WHAT[name], frame(kind, payload), Answer.ACK, kind, pause_s=pause_s)
