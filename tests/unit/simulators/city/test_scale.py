"""How large the cities are. rule: SCALE."""

from zhendao.simulators.city.scale import REGIONS, SCALES


def test_the_reference_city_is_as_large_as_it_says() -> None:
    city = SCALES["xuhui"]
    assert (city.organisations, city.caregivers, city.elders) == (18, 1_669, 24_737)
    assert city.regions == len(REGIONS) == 13
