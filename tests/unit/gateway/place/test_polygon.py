"""The polygon's integral against another way of integrating, against the circle, and against dice."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.gateway.place.circle import LEAST_SIGMA_M, RULE, THINNEST, within_circle
from zhendao.gateway.place.polygon import Point, distance_to, within_polygon

sigmas = st.floats(0.5, 800)
turns = st.floats(0, 360)
shifts = st.floats(-600, 600)


def star(radii: list[float], east: float, north: float) -> list[Point]:
    """Return a polygon of any form in which no two edges cross: its corners go round a point in it."""
    count = len(radii)
    return [
        (east + r * math.sin(2 * math.pi * k / count), north + r * math.cos(2 * math.pi * k / count))
        for k, r in enumerate(radii)
    ]


stars = st.builds(star, st.lists(st.floats(5, 500), min_size=3, max_size=9), shifts, shifts)


def normal(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def across(corners: list[Point], major: float, minor: float, orientation: float) -> float:
    """Integrate line by line: along the minor axis exactly, along the major one in fine panels between the corners."""
    major = max(major, minor, LEAST_SIGMA_M)
    minor = max(min(major, minor), LEAST_SIGMA_M, major / THINNEST)
    turn = math.radians(orientation)
    ring = [
        ((n * math.cos(turn) + e * math.sin(turn)) / major, (e * math.cos(turn) - n * math.sin(turn)) / minor)
        for e, n in corners
    ]
    edges = [(a, b) for a, b in pairwise([*ring, ring[0]]) if a[0] != b[0]]
    # The inner function stands still where no edge is within nine sigmas, and turns within a fraction of one elsewhere.
    cuts_at = [a[0] + (v - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) for a, b in edges if a[1] != b[1] for v in (-9, 9)]
    stops = sorted({-9.0, 9.0, *(u for u in (*cuts_at, *(u for u, _ in ring)) if -9 < u < 9)})
    total = 0.0
    for low, high in pairwise(stops):
        if high - low < 1e-12:
            continue  # two corners of one line, as far as rounding tells
        middle = (low + high) / 2
        held = [
            (a[1], (b[1] - a[1]) / (b[0] - a[0]), a[0])
            for a, b in edges
            if min(a[0], b[0]) <= middle <= max(a[0], b[0])
        ]
        steep = max((abs(slope) for v, slope, start in held if abs(v + slope * (middle - start)) < 9), default=0.0)
        panels = math.ceil((high - low) * (1 + steep))
        half = (high - low) / panels / 2
        for panel in range(panels):
            middle = low + (2 * panel + 1) * half
            for node, weight in RULE:
                for u in (middle - half * node, middle + half * node):
                    cuts = sorted(v + slope * (u - start) for v, slope, start in held)
                    inner = sum(normal(top) - normal(bottom) for bottom, top in zip(cuts[::2], cuts[1::2], strict=True))
                    total += weight * half * inner * math.exp(-u * u / 2)
    return total / math.sqrt(2 * math.pi)


@settings(max_examples=60)
@given(stars, sigmas, st.floats(0.05, 1), turns)
def test_stated_error_bound_against_integration_by_another_way(
    corners: list[Point], major: float, ratio: float, orientation: float
) -> None:
    found = within_polygon(corners, major, major * ratio, orientation)
    assert found == pytest.approx(across(corners, major, major * ratio, orientation), abs=1e-9)


@pytest.mark.parametrize("sigma", [0.5, 3.0, 40.0, 700.0])
def test_on_a_corner_it_is_a_quarter_and_on_an_edge_a_half(sigma: float) -> None:
    quadrant = [(0.0, 0.0), (1e5, 0.0), (1e5, 1e5), (0.0, 1e5)]
    assert within_polygon(quadrant, sigma, sigma, 0) == pytest.approx(1 / 4, abs=1e-12)
    half = [(-1e5, 0.0), *quadrant[1:3], (-1e5, 1e5)]
    assert within_polygon(half, sigma, sigma / 3, 25) == pytest.approx(1 / 2, abs=1e-12)


def test_a_rectangle_has_a_closed_form() -> None:
    rectangle = [(-30.0, -10.0), (70.0, -10.0), (70.0, 25.0), (-30.0, 25.0)]
    expected = (normal(70 / 20) - normal(-30 / 20)) * (normal(25 / 8) - normal(-10 / 8))
    assert within_polygon(rectangle, 20, 8, 90) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=25)
@given(shifts, shifts, st.floats(20, 300), st.floats(5, 300), st.floats(0.1, 1), turns)
def test_a_polygon_of_many_corners_is_a_circle(
    east: float, north: float, radius: float, major: float, ratio: float, orientation: float
) -> None:
    grown = radius * math.sqrt(2 * math.pi / 400 / math.sin(2 * math.pi / 400))  # of the circle's area
    ring = star([grown] * 400, -east, -north)
    circle = within_circle(east, north, radius, major, major * ratio, orientation)
    assert within_polygon(ring, major, major * ratio, orientation) == pytest.approx(circle, abs=3e-3)


@settings(max_examples=30)
@given(stars, sigmas, st.floats(0.05, 1), turns, st.integers(0, 8))
def test_neither_direction_nor_first_corner_counts(
    corners: list[Point], major: float, ratio: float, orientation: float, first: int
) -> None:
    first %= len(corners)
    other = [*corners[first:], *corners[:first]][::-1]
    assert within_polygon(other, major, major * ratio, orientation) == pytest.approx(
        within_polygon(corners, major, major * ratio, orientation), abs=1e-12
    )
    assert distance_to(other) == pytest.approx(distance_to(corners), abs=1e-9)


def test_against_monte_carlo() -> None:
    bay = [(-80.0, -60.0), (90.0, -60.0), (90.0, 70.0), (20.0, 70.0), (10.0, -30.0), (-10.0, 70.0), (-80.0, 70.0)]
    dice, count, hits = random.Random(7), 40_000, 0
    sin, cos = math.sin(math.radians(35)), math.cos(math.radians(35))
    for _ in range(count):
        along, aside = dice.gauss(0, 60), dice.gauss(0, 15)
        east, north = along * sin + aside * cos, along * cos - aside * sin
        hits += distance_to([(e - east, n - north) for e, n in bay]) == 0
    expected = within_polygon(bay, 60, 15, 35)
    assert hits / count == pytest.approx(expected, abs=5 * math.sqrt(0.25 / count))


def test_distance_to_edge_and_to_corner() -> None:
    square = [(100.0, -50.0), (200.0, -50.0), (200.0, 50.0), (100.0, 50.0)]
    assert distance_to(square) == pytest.approx(100)
    assert distance_to([(e, n + 80) for e, n in square]) == pytest.approx(math.hypot(100, 30))
    assert distance_to([(e - 150, n) for e, n in square]) == 0


@settings(max_examples=60)
@given(stars, sigmas, st.floats(0.05, 1), turns)
def test_far_off_it_is_nothing_and_deep_within_it_is_one(
    corners: list[Point], major: float, ratio: float, orientation: float
) -> None:
    found = within_polygon(corners, major, major * ratio, orientation)
    if distance_to(corners) > 6.5 * major:
        assert found < 1e-9
    assert 0 <= found <= 1
