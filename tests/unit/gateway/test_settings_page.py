"""docs/gateway.md names every setting of gateway.toml in its own table, with its default, and no other."""

import dataclasses
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhendao.gateway.config import GatewayConfig

DOCS = Path(__file__).parents[3] / "docs"
ELSEWHERE = {"remind": "reminders.md", "retention": "privacy.md", "hints": "anomalies/*.md", "report": "reports.md"}


def settings(of: Any, table: str = "") -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield each setting with the name of the table in which it stands, as in the file."""
    kinds = typing.get_type_hints(of)
    for one in dataclasses.fields(of):
        kind = kinds[one.name]
        inner = [k for k in (kind, *typing.get_args(kind)) if dataclasses.is_dataclass(k)]
        if inner and one.name != "listen":
            yield from settings(inner[0], f"{table}.{one.name}".strip("."))
        elif table:
            yield table, one


def documented() -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield table, keys and defaults of each row of the page; a row without a table goes on with the one before."""
    page = (DOCS / "gateway.md").read_text(encoding="utf-8").split("\n## Settings", 1)[1].split("\n## ", 1)[0]
    table = ""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 6 or (set(cells[1]) <= {"-"} and cells[1]) or cells[1] == "table":
            continue
        table = cells[1].strip("`[]") or table
        yield table, re.findall(r"`(\w+)`", cells[2]), cells[3].removesuffix(" (assumed)").split(", ")


def test_every_setting_stands_on_the_page_under_its_table_and_no_other_does() -> None:
    real = {(table, one.name) for table, one in settings(GatewayConfig)}
    told = {(table, key) for table, keys, _ in documented() for key in keys}
    assert {(t, k) for t, k in told if (t, k) not in real and k not in {"nats", "kafka"}} == set()
    shown = (DOCS / "gateway.md").read_text(encoding="utf-8").split("```toml", 1)[1].split("```", 1)[0]
    missing = {(t, k) for t, k in real - told if t.partition(".")[0] not in ELSEWHERE and f"{k} =" not in shown}
    assert missing == set()
    for table, key in real - told:
        if page := ELSEWHERE.get(table.partition(".")[0]):
            text = "".join(one.read_text(encoding="utf-8") for one in DOCS.glob(page))
            assert re.search(rf"\b{key}\b", text), (table, key, page)


def test_the_defaults_on_the_page_are_those_of_the_program() -> None:
    real = {(table, one.name): one.default for table, one in settings(GatewayConfig)}
    compared = 0
    for table, keys, defaults in documented():
        for key, told in zip(keys, defaults, strict=False):
            if len(keys) == len(defaults) and re.fullmatch(r"\d+|true|false", told):
                assert str(real[table, key]).lower() == told, (table, key, told)
                compared += 1
    assert compared > 60
