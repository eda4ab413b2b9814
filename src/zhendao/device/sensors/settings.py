"""The array ``[[sensor]]``: what is wired to the terminal, how it is read, and what it is held to. Defaults are stated.

Promise: a row that cannot work (read in no way or in two, a pattern without value, a pin used twice) is told with all
others before anything is opened.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zhendao.command.kinds import Choice, Integer, Number, Switch, Words
from zhendao.device.sensors.classes import CLASSES
from zhendao.device.sensors.manner import Manner
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_S = 1_000_000_000
_MS = 1_000_000
_ANY = Number(-1e12, 1e12)
BATTERY_LOW = 20.0
"""Percent, below which a battery of the kernel's is low, unless ``below`` says otherwise."""
MOST = 32
"""So many sensors a terminal has at most."""


@dataclass(frozen=True)
class SensorTable:
    """One sensor. Read by exactly one of ``pin``, ``port`` (with ``pattern`` or ``unit``) and ``supply``.

    Attributes:
        name: as it stands in its events; no other sensor has it.
        kind: what it senses, a word of `classes.CLASSES`.
        pin: BCM number of a dry contact's pin; ``wired`` to ``ground`` (pulled up inside) or to ``supply`` (3.3 V).
        normal: how the contact is at rest.
        port: a serial line at ``baud``; several sensors may share one.
        pattern: a regular expression that finds the sensor in a line of text, by a group named ``value`` (a number),
            ``active`` or ``rest``.
        unit: with ``register``: address on a Modbus RTU bus, asked every ``every_s``; ``table`` of the register.
        supply: a name below ``/sys/class/power_supply``, or the path of such a folder.
        debounce_ms: so long a contact must hold.
        most_per_min: so many events in a minute; alarms are counted by themselves.
        chatter_per_s: with ``flood_per_s``: edges in a second, from which on it chatters or floods.
        calm_s: so long it must be calm to be well again.
        stuck_h: so long active, or the same number, and it is stuck; 0: never; the default goes by ``kind``.
        silent_s: so long without a reading and it is silent; 0: never.
        low: with ``high``: what a reading can be.
        rate: how much a reading can change in a second.
        above: with ``below``: beyond it the number counts as active, and is told as 1 or 0.
        scale: what a number is multiplied by, to be told as a whole one.
        step: a number is told when it differs by so much, after scaling.
    """

    name: Annotated[str, Words(32)]
    kind: Annotated[str, Choice(*CLASSES)]
    pin: Annotated[int | None, Integer(0, 63)] = None
    wired: Annotated[str, Choice("ground", "supply")] = "ground"
    normal: Annotated[str, Choice("open", "closed")] = "open"
    port: Path | None = None
    baud: Annotated[int, Integer(1200, 4_000_000)] = 9600
    pattern: Annotated[str | None, Words(200)] = None
    unit: Annotated[int | None, Integer(1, 247)] = None
    register: Annotated[int, Integer(0, 65_535)] = 0
    table: Annotated[str, Choice("coil", "input-bit", "holding", "input")] = "holding"
    signed: Annotated[bool, Switch()] = False
    every_s: Annotated[float, Number(0.2, 86_400)] = 2
    supply: Annotated[str | None, Words(200)] = None
    debounce_ms: Annotated[int, Integer(0, 60_000)] = 50
    most_per_min: Annotated[int, Integer(2, 60)] = 6
    chatter_per_s: Annotated[int, Integer(4, 10_000)] = 40
    flood_per_s: Annotated[int, Integer(10, 100_000)] = 400
    calm_s: Annotated[float, Number(1, 3600)] = 10
    stuck_h: Annotated[float | None, Number(0, 8760)] = None
    silent_s: Annotated[float, Number(0, 604_800)] = 0
    low: Annotated[float | None, _ANY] = None
    high: Annotated[float | None, _ANY] = None
    rate: Annotated[float | None, Number(1e-9, 1e12)] = None
    above: Annotated[float | None, _ANY] = None
    below: Annotated[float | None, _ANY] = None
    scale: Annotated[float, Number(1e-6, 1e6)] = 1
    step: Annotated[int, Integer(1, 1_000_000_000)] = 1


def manner(row: SensorTable) -> Manner:
    """Return what the sensor is held to."""
    sensed = CLASSES[row.kind]
    stuck_h = sensed.stuck_h if row.stuck_h is None else row.stuck_h
    return Manner(
        number=_is_number(row),
        alarm=sensed.alarm,
        debounce_ns=row.debounce_ms * _MS,
        most=row.most_per_min,
        chatter=row.chatter_per_s,
        flood=row.flood_per_s,
        calm_ns=int(row.calm_s * _S),
        stuck_ns=int(stuck_h * 3600 * _S) or None,
        silent_ns=int(row.silent_s * _S) or None,
        low=row.low,
        high=row.high,
        rate=row.rate,
        above=row.above,
        below=BATTERY_LOW if row.below is None and row.supply is not None and row.kind == "battery" else row.below,
        scale=row.scale,
        step=row.step,
    )


def inverted(row: SensorTable) -> bool:
    """Return whether a contact that is closed is at rest."""
    return row.normal == "closed"


def _is_number(row: SensorTable) -> bool:
    """Return whether it reads numbers: a pattern with a value, a register, a battery of the kernel's."""
    if row.supply is not None:
        return row.kind == "battery"
    if row.pattern is not None:
        return "(?P<value>" in row.pattern
    return row.unit is not None and row.table in {"holding", "input"}


def problems(file: str, rows: Iterable[SensorTable], taken: Iterable[int] = ()) -> list[Text]:
    """Return everything that cannot be meant; ``taken``: pins that have another use."""
    rows, found = list(rows), []
    if len(rows) > MOST:
        found.append(Text(f"{file}: [[sensor]] 最多 {MOST} 个", f"{file}: [[sensor]] {MOST} at most"))
    names, pins, bauds = set[str](), set(taken), dict[Path, int]()
    for number, row in enumerate(rows, 1):
        place = f"{file}: [[sensor]] {number}"
        texts = list(_of_row(row))
        if row.name in names:
            texts.append(Text(f"name 重复：{row.name}", f"name is used twice: {row.name}"))
        if row.pin is not None and row.pin in pins:
            texts.append(Text(f"pin 已有他用：{row.pin}", f"pin has another use: {row.pin}"))
        if row.port is not None and bauds.setdefault(row.port, row.baud) != row.baud:
            texts.append(Text("baud 与同一串口的另一个不同", "baud is another one than before on the same port"))
        names.add(row.name)
        pins |= set() if row.pin is None else {row.pin}
        found += [Text(f"{place}: {one.zh}", f"{place}: {one.en}") for one in texts]
    shared = {row.port for row in rows if row.unit is not None} & {row.port for row in rows if row.pattern is not None}
    found += [
        Text(
            f"{file}: [[sensor]] {port}：总线与文本不能共用一条串口",
            f"{file}: [[sensor]] {port}: a bus carries no text",
        )
        for port in shared
    ]
    return found


def _of_row(row: SensorTable) -> Iterator[Text]:
    ways = [one for one in ("pin", "port", "supply") if getattr(row, one) is not None]
    if len(ways) != 1:
        yield Text("须有 pin、port、supply 之一", "needs exactly one of pin, port and supply")
    if row.port is not None and (row.pattern is None) is (row.unit is None):
        yield Text("port 须有 pattern 或 unit 之一", "a port needs either pattern or unit")
    if row.port is None and (row.pattern is not None or row.unit is not None):
        yield Text("pattern 与 unit 只用于 port", "pattern and unit belong to a port")
    if row.pattern is not None:
        yield from _of_pattern(row.pattern)
    if row.supply is not None and row.kind not in {"mains", "battery"}:
        yield Text("supply 只用于 mains 与 battery", "a supply is for kind mains or battery")
    if not _is_number(row) and any(one is not None for one in (row.low, row.high, row.rate, row.above, row.below)):
        yield Text("low、high、rate、above、below 只用于数值", "low, high, rate, above and below are for numbers")
    if row.silent_s and row.port is None:
        yield Text("silent_s 只用于 port", "silent_s belongs to a port")
    low, high = (-math.inf if row.low is None else row.low), (math.inf if row.high is None else row.high)
    if low >= high:
        yield Text("low 须小于 high", "low must be below high")


def _of_pattern(pattern: str) -> Iterator[Text]:
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError) as error:
        yield Text(f"pattern 不是正则表达式：{error}", f"pattern is no regular expression: {error}")
        return
    if not set(groups) & {"value", "active", "rest"}:
        yield Text(
            "pattern 须有名为 value、active 或 rest 的组", "pattern needs a group that is named value, active or rest"
        )
    plain = re.sub(r"\[[^\]]*\]", "x", re.sub(r"\\.", "x", pattern))
    if re.search(r"\)[*+{]", plain):
        yield Text("pattern 不得重复一个组：乱码会使它没完没了", "pattern repeats a group: on garbage it would not end")
