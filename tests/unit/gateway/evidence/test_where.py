"""Where the terminal was, told from the file: the fix that it signed against the place that the gateway names."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from samples.evidence import Office, office
from samples.registered import register
from samples.site import NOW_MS, Authority
from samples.taps import check
from zhendao.protocol.parts import Fix
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Constellation, Datum, Direction, FixSign
from zhendao.verifier.bundle import where
from zhendao.verifier.bundle.examining import Examined, examine_evidence


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(INTL))
    line = made.site.authority.terminal()
    register(made.site, line.device)
    fix = Fix(
        lat_e7=310_010_000, lon_e7=1_210_000_000, datum=Datum.WGS84, hacc95_dm=85, age_ms=0, epochs=5, sats=9,
        hdop_centi=90, cn0_deci=None, constellations=Constellation(8), signs=FixSign.JUMP,
    )  # fmt: skip
    line.add(replace(check(Direction.IN), fix=fix))
    made.site.take(line.message(1, 2))
    yield made
    made.site.store.close()


def examined(place: Office, registry: object = None) -> Examined:
    data = place.maker.make(place.visit_id(), NOW_MS + 60_000)
    if registry is not None:
        data = place.altered(data, registry=json.dumps(registry).encode())
    found = examine_evidence(data, place.site.authority.root.der)
    assert found.holds, found.findings[-1].text.en
    return found


def test_the_distance_is_computed_again_and_a_doubtful_fix_is_called_so(place: Office) -> None:
    (said,) = where.told(examined(place))
    assert "the fix was 111 m from the registered place (within 8 m, 95 %, doubtful;" in said.en
    assert "距登记地点 111 米" in said.zh


@pytest.mark.parametrize(
    "registry",
    [{"other": 1}, [1], {"place": None}, {"place": {"lat_e7": "31", "lon_e7": 1, "datum": 1}},
     {"place": {"lat_e7": 10**12, "lon_e7": 1, "datum": 1}}, {"place": {"lat_e7": 1, "lon_e7": 1, "datum": 9}}],
)  # fmt: skip
def test_of_a_place_that_is_none_nothing_is_said(place: Office, registry: object) -> None:
    assert where.told(examined(place, registry)) == []
