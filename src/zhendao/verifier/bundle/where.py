"""How far from the registered place the terminal's signed fix was: computed again from the file alone. Pure.

Promise: the fix is what the terminal signed; the place is the gateway's word, and is called that. A fix that its own
signs call doubtful is told as such. rule: LOCATION, MARK-LOCATION, promise 7
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhendao.protocol.bodies import Check
from zhendao.protocol.datum import distance_m, is_forward, to_datum
from zhendao.protocol.vocabulary import Datum, FixSign
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.parts import Fix
    from zhendao.verifier.bundle.examining import Examined

_MOST_E7 = 1_800_000_000


def told(found: Examined) -> list[Text]:
    """Return a sentence for each half of the visit that has a fix, where the extract names a surveyed place."""
    place = _place(found)
    said = []
    for name, zh, en in (("in", "签到", "check-in"), ("out", "签退", "check-out")):
        body = found.sides[name].event.body if name in found.sides else None
        fix = body.fix if isinstance(body, Check) else None
        if place is None or fix is None:
            continue
        far = _apart_m(fix, *place)
        zh_doubt, en_doubt = ("，定位可疑", ", doubtful") if fix.signs & ~FixSign.WEAK else ("", "")
        said.append(
            Text(
                f"{zh}时定位距登记地点 {far:.0f} 米（95% 误差 {fix.hacc95_dm / 10:.0f} 米{zh_doubt}；地点为网关所述）",
                f"at {en} the fix was {far:.0f} m from the registered place (within {fix.hacc95_dm / 10:.0f} m, 95 %"
                f"{en_doubt}; the place is the gateway's word)",
            )
        )
    return said


def _place(found: Examined) -> tuple[float, float, Datum] | None:
    """Return degrees and datum of the place in the extract; None where there is none that can be one."""
    try:
        place: Any = json.loads(b"" if found.bundle is None else found.bundle.registry)["place"]
        lat, lon, datum = place["lat_e7"], place["lon_e7"], Datum(place["datum"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(lat) is not int or type(lon) is not int or abs(lat) > _MOST_E7 / 2 or abs(lon) > _MOST_E7:
        return None
    return lat / 1e7, lon / 1e7, datum


def _apart_m(fix: Fix, lat: float, lon: float, datum: Datum) -> float:
    """Return how far it is, compared in the datum that stands further along the way of conversions."""
    common = datum if is_forward(fix.datum, datum) else fix.datum
    here = to_datum(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, fix.datum, common)
    return distance_m(*to_datum(lat, lon, datum, common), *here)
