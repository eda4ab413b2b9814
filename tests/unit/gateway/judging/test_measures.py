"""No setting that judging reads is unknown to the digest by which visits are judged again."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest

import zhendao.gateway
from zhendao.gateway.config import GatewayConfig, TokensTable
from zhendao.gateway.judging.measures import Measures
from zhendao.gateway.visits.services import ServiceTable

NOT_JUDGED_BY = {
    "data_dir": "where things are",
    "store": "where things are",
    "broker": "where things are",
    "http": "where things are",
    "forward": "to whom it is told",
    "ingest": "when a gap is asked for",
    "blocklist": "what terminals are sent",
    "alerts": "calls for help",
    "cases": "until when a case is answered, and by what outage it is explained",
    "overdue": "a list that is made when it is asked for",
    "meals": "which meals count: no visit is made of them",
    "report": "which reports are made by themselves, and when",
    "retention": "how long it is kept",
    "remind": "who is told that nobody has checked in",
    "tokens": "see below",
}
"""Tables of the settings that no visit and no finding depends on."""

PROVING = {
    "jump_at_most", "jump_a_day", "one_reading_s", "slow_one_in", "slow_after", "slow_by_ms", "slow_far_ms",
    "keys_an_hour", "live",
}  # fmt: skip
"""What of ``[tokens]`` is about proving a token when it comes; what is proved stands with the fact."""

JUDGING = ("judging", "visits", "place", "surveys")
ALLOWED = {
    ("judging/policy.py", "OverdueTable"), ("judging/overdue.py", "OverdueTable"),
    ("visits/drawing.py", "TokensTable"), ("cases/casing.py", "CasesTable"),
    ("judging/measures.py", "GatewayConfig"), ("judging/policy.py", "MealsTable"),
}  # fmt: skip
"""Modules that may know a table which is not of the measures."""


def tables(type_: Any) -> Iterator[type]:
    """Give the dataclasses of settings that ``type_`` is made of."""
    origin = get_origin(type_)
    if origin in {Annotated, tuple, Union, UnionType}:
        for one in get_args(type_):
            yield from tables(one)
    elif isinstance(type_, type) and is_dataclass(type_):
        yield type_
        for one in get_type_hints(type_).values():
            yield from tables(one)


def other(value: Any) -> Any:
    """Return a value that differs from this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return 7
    return f"{value}?"


TABLES = ("visits", "geofence", "learning", "hints", "valid", "surveys", "together")
MEASURED = {one: getattr(Measures(), one) for one in TABLES}


@pytest.mark.parametrize(
    ("table", "name"), [(table, one.name) for table, value in MEASURED.items() for one in fields(value)]
)
def test_each_setting_makes_another_digest(table: str, name: str) -> None:
    value = MEASURED[table]
    if (table, name) == ("visits", "least_strength"):
        changed = replace(value, least_strength="challenge")
    else:
        changed = replace(value, **{name: other(getattr(value, name))})
    assert replace(Measures(), **{table: changed}).digest != Measures().digest


@pytest.mark.parametrize("name", [one.name for one in fields(ServiceTable)])
def test_each_limit_of_a_service_makes_another_digest(name: str) -> None:
    row = ServiceTable("助浴", 1, 2, 3)
    both = (row, replace(row, **{name: other(getattr(row, name))}))
    first, second = (Measures(service=(one,)).digest for one in both)
    assert len({first, second, Measures().digest}) == 3
    assert Measures(service=both).digest == Measures(service=both[::-1]).digest or name != "code"


def test_every_table_is_judged_by_or_is_known_not_to_be() -> None:
    assert {one.name for one in fields(GatewayConfig)} == NOT_JUDGED_BY.keys() | MEASURED.keys() | {"service"}
    assert {one.name for one in fields(TokensTable)} == PROVING | {"least_door", "least_caregiver"}
    assert {one.name for one in fields(Measures)} == MEASURED.keys() | {"service", "least"}


def test_what_judges_knows_no_settings_but_the_measures() -> None:
    known = {one.__name__ for one in tables(GatewayConfig)}
    measured = {type(one).__name__ for one in MEASURED.values()} | {"ServiceTable"}
    root = Path(zhendao.gateway.__file__).parent
    modules = [found for one in JUDGING for found in (root / one).glob("**/*.py")] + [root / "cases/casing.py"]
    assert len(modules) > 100
    found = set()
    for path in modules:
        name = str(path.relative_to(root))
        if path.name in {"commands.py", "command_line.py"}:
            continue  # what a person starts; it reads the settings to make the measures of them
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zhendao.gateway"):
                module = importlib.import_module(node.module or "")
                found |= {(name, one.name) for one in node.names if one.name in known and hasattr(module, one.name)}
    assert {one for one in found if one[1] not in measured} == ALLOWED
