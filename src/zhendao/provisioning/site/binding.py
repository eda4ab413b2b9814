"""One installed home: which terminal, door tag, elder and place belong together, and what the survey says of it. Pure.

The survey's position is computed from its fixes here, and again by whoever checks the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol.home import learn
from zhendao.protocol.surveyed import as_plain, position
from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text
from zhendao.provisioning.site.address import DATUMS, Certainty, Comparison, Hypothesis, compare

if TYPE_CHECKING:
    from zhendao.protocol.statement import Statement
    from zhendao.provisioning.duty import Duty

NAMES = {
    Hypothesis.WGS84: Text("WGS-84", "WGS-84"),
    Hypothesis.GCJ02: Text("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"),
    Hypothesis.BD09: Text("BD-09（百度）", "BD-09 (Baidu)"),
    Hypothesis.ELSEWHERE: Text("别处", "elsewhere"),
}
_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """The registered address: degrees × 10^7, the datum that its owner says (None: unknown), good to so many metres."""

    lat_e7: int
    lon_e7: int
    stated: Datum | None
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Bound:
    """Who belongs to a place, by their numbers in the registry; names stand there and nowhere else."""

    place: str
    elder: str | None
    door: bytes | None
    engineer: str


def bind(survey: Statement, duty: Duty, bound: Bound, address: Address | None, now_ms: int) -> dict[str, Any]:
    """Return what is known of the site. Raises `MalformedError` where the survey's fixes are none."""
    found = position(survey.facts)
    compared = None
    if found is not None and address is not None:
        place, there = (found.lat_e7, found.lon_e7), (address.lat_e7, address.lon_e7)
        compared = compare(place, found.error, there, address.accuracy_m)
    return {
        "device": survey.facts["device"],
        "place": bound.place,
        "elder": bound.elder,
        "door": None if bound.door is None else bound.door.hex(),
        "engineer": bound.engineer,
        "placement": duty.placement.name.lower(),
        "mounting": duty.mounting.name.lower(),
        "bound_ms": now_ms,
        "position": None if found is None else as_plain(found),
        "home": None if found is None else learn(found).as_plain(),
        "address": None if address is None else _address(address),
        "comparison": None if compared is None or address is None else _comparison(compared, address),
    }


def verdict(compared: Comparison, stated: Datum | None) -> tuple[str, Text]:
    """Return a stable word and the sentence on an address; ``stated`` is the datum that it is said to be in."""
    best, certainty = compared.best, compared.certainty
    percent = f"{min(99.99, 100 * best.probability):.2f}".rstrip("0").rstrip(".") + " %"
    if certainty is Certainty.CANNOT_TELL:
        return "cannot_tell", Text(
            "地址的坐标系无法判断：测量误差太大，或地址不准",
            "in which datum the address is cannot be told: the survey or the address is too inaccurate",
        )
    if best.distance_m is None:
        nearest = min(fit.distance_m for fit in compared.fits if fit.distance_m is not None)
        return "elsewhere", Text(
            f"登记地址不是这里：按任何坐标系都至少相距 {nearest:.0f} 米（{percent}）",
            f"the registered address is elsewhere: {nearest:.0f} m away at least, in whichever datum ({percent})",
        )
    name = NAMES[best.hypothesis]
    fits = _same_place(compared, stated)
    if stated is None or fits:
        return "agrees" if stated is not None else "recognised", Text(
            f"地址坐标系为 {name.zh}，与测量位置相距 {best.distance_m:.0f} 米（{percent}）",
            f"the address is in {name.en}, {best.distance_m:.0f} m from the surveyed place ({percent})",
        )
    said = next(fit for fit in compared.fits if fit.hypothesis in DATUMS and DATUMS[fit.hypothesis] is stated)
    told = NAMES[said.hypothesis]
    return "other_datum", Text(
        f"地址标为 {told.zh}，实为 {name.zh}：按前者相距 {said.distance_m:.0f} 米，按后者 "
        f"{best.distance_m:.0f} 米（{percent}）",
        f"the address is said to be in {told.en} and is in {name.en}: {said.distance_m:.0f} m off as the one, "
        f"{best.distance_m:.0f} m as the other ({percent})",
    )


def _same_place(compared: Comparison, stated: Datum | None) -> bool:
    """Tell whether the stated datum is the recognised one, or puts the place where that puts it (outside China)."""
    plain = Datum.WGS84 if stated is Datum.CGCS2000 else stated
    best = compared.best
    said = next((fit for fit in compared.fits if DATUMS.get(fit.hypothesis) is plain), None)
    if said is None or said.distance_m is None or best.distance_m is None:
        return False
    return said.hypothesis is best.hypothesis or abs(said.distance_m - best.distance_m) < 1


def _address(address: Address) -> dict[str, Any]:
    return {
        "lat_e7": address.lat_e7,
        "lon_e7": address.lon_e7,
        "stated": None if address.stated is None else address.stated.name.lower(),
        "accuracy_m": round(address.accuracy_m),
    }


def _comparison(compared: Comparison, address: Address) -> dict[str, Any]:
    word, text = verdict(compared, address.stated)
    return {
        "verdict": word,
        "certainty": compared.certainty.value,
        "best": compared.best.hypothesis.value,
        "zh": text.zh,
        "en": text.en,
        "fits": [
            {
                "hypothesis": fit.hypothesis.value,
                "probability_ppm": round(_PPM * fit.probability),
                "distance_dm": None if fit.distance_m is None else round(10 * fit.distance_m),
            }
            for fit in compared.fits
        ],
    }
