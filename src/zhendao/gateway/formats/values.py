"""What a mapping can say of a visit: the values of one visit, and the kinds of value there are. Values only.

Units: moments are UTC milliseconds, points are degrees × 10^7 in a stated datum, lasting is in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zhendao.protocol.vocabulary import Datum


class Kind(StrEnum):
    """What a value is: conversions take one kind and give one."""

    TEXT = "text"
    MOMENT = "moment"
    DAY = "day"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class Point:
    """A place: degrees × 10^7 in ``datum``."""

    lat_e7: int
    lon_e7: int
    datum: Datum


Values = Mapping[str, Any]
"""Values by the names of `sources`; None, or no entry: nothing is known."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that formats are made from: of one revision of one visit.

    ``plain``: values of `sources.PLAIN`. ``lists``: for each list of `sources.LISTS` its items.
    """

    plain: Values
    lists: Mapping[str, tuple[Values, ...]] = field(default_factory=dict)
