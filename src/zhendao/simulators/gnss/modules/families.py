"""The receivers that can be simulated by name, as they leave their factories. Pure."""

from typing import Protocol

from zhendao.simulators.gnss.modules.sentences import Casic, Unicore
from zhendao.simulators.gnss.modules.state import EVERYTHING, State
from zhendao.simulators.gnss.modules.ublox import Ublox
from zhendao.simulators.gnss.styles import BEIDOU_BD, BEIDOU_GB

_FACTORY = ("RMC", "GGA", "GSA", "GSV", "GLL", "VTG")


class Brain(Protocol):
    """What understands a host."""

    state: State

    def hear(self, data: bytes) -> list[bytes]:
        """Obey what the host has written, and return the answers."""
        ...


def factory(name: str, baud: int, systems: str) -> State:
    """Return the settings with which ``name`` leaves its factory, at ``baud``, for ``systems`` (letters G, B, R)."""
    beidou, signal = (BEIDOU_BD, "0") if name in {"atgm336h", "l76k"} else (BEIDOU_GB, "1")
    rates = {one: int(one in _FACTORY) for one in EVERYTHING}
    return State(baud, frozenset(systems), beidou, signal, rates, modern=name not in {"atgm336h", "um220", "ublox-m8"})


def brain(name: str, state: State) -> Brain:
    """Return what understands the host of receiver ``name``."""
    match name:
        case "ublox-m8":
            return Ublox(state, keys=False, flash=True)
        case "ublox-m10":
            return Ublox(state, keys=True, flash=False)
        case "um220":
            return Unicore(state)
        case _:
            return Casic(state)


MODULES = ("atgm336h", "l76k", "ublox-m8", "ublox-m10", "um220")
