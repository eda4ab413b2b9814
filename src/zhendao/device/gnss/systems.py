"""Which satellite system a talker, a system id or a satellite's number stands for, over the dialects of NMEA.

BeiDou comes as talker BD (GB/T and older modules) or GB (NMEA 4.11), as system id 4, and under GN by its number.
"""

from zhendao.protocol.vocabulary import Constellation

_BY_TALKER = {
    "GP": Constellation.GPS,
    "GL": Constellation.GLONASS,
    "GA": Constellation.GALILEO,
    "GB": Constellation.BEIDOU,
    "BD": Constellation.BEIDOU,
    "GQ": Constellation.QZSS,
    "QZ": Constellation.QZSS,
    "GI": Constellation.NAVIC,
}
_BY_ID = {
    1: Constellation.GPS,
    2: Constellation.GLONASS,
    3: Constellation.GALILEO,
    4: Constellation.BEIDOU,
    5: Constellation.QZSS,
    6: Constellation.NAVIC,
}
_BY_NUMBER = (
    (range(1, 33), Constellation.GPS),
    (range(65, 97), Constellation.GLONASS),
    (range(193, 203), Constellation.QZSS),
    (range(201, 264), Constellation.BEIDOU),
    (range(301, 337), Constellation.GALILEO),
    (range(401, 464), Constellation.BEIDOU),
)
_SBAS = range(33, 65)
_QZSS = range(193, 203)


def by_talker(talker: str) -> Constellation | None:
    """Return the system of a talker; None for GN, which stands for several."""
    return _BY_TALKER.get(talker.upper())


def by_id(system_id: int | None) -> Constellation | None:
    """Return the system of an NMEA 4.10 system id."""
    return None if system_id is None else _BY_ID.get(system_id)


def by_number(number: int) -> Constellation | None:
    """Return the system that a satellite's number alone tells; None for SBAS and for numbers out of every range."""
    return next((system for numbers, system in _BY_NUMBER if number in numbers), None)


def of_view(talker: str, number: int) -> Constellation | None:
    """Return the system of a satellite in view: GPS talkers carry SBAS and QZSS too, GN carries all."""
    system = by_talker(talker)
    if system is Constellation.GPS:
        if number in _SBAS:
            return None
        return Constellation.QZSS if number in _QZSS else system
    return system if system is not None else by_number(number)
