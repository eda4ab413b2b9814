"""What the gateway found over HTTP and from the command line: findings, their cases, and visits with what is found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from samples.alarmed import Alarmed
from samples.registered import register
from samples.site import NOW_MS, TENANT, Authority, Site
from samples.taps import check, token
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.protocol.vocabulary import Direction, Role, Strength

BEGAN = NOW_MS - 3 * 3_600_000


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Alarmed]:
    """A gateway that knows of one visit of 20 minutes, with a card that showed its number alone."""
    authority = Authority()
    site = Site(tmp_path, authority)
    line = authority.terminal()
    register(site, line.device)
    copied = token(Role.CAREGIVER, b"card-one", Strength.UID)
    line.add(replace(check(Direction.IN), caregiver=copied), wall_ms=BEGAN)
    line.add(
        replace(check(Direction.OUT, 2), caregiver=copied), wall_ms=BEGAN + 20 * 60_000, mono_ns=(20 * 60 + 2) * 10**9
    )
    with Alarmed(site).running() as running:
        running.take(line.message(1, 3))
        site.settle(NOW_MS + 86_400_000)
        yield running
    site.store.close()


def ask(office: Alarmed, path: str, role: str, **asked: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {office.token(role, role)}"}
    return httpx.get(f"{office.url}/api/v1{path}", headers=headers, params=asked, timeout=120)


def test_what_was_found_is_paged_and_stands_beside_its_visit(office: Alarmed) -> None:
    (visit,) = ask(office, "/visits", "viewer").json()["items"]
    assert visit["findings"] == ["short"]
    found = ask(office, "/anomalies", "quality", visit_id=visit["id"]).json()["items"]
    assert [(one["state"], one["revision"], one["finding"]["kind"]) for one in found] == [("found", 1, "short")]
    assert (found[0]["finding"]["measured"], found[0]["at_ms"]) == (1_200, BEGAN)
    first = ask(office, "/anomalies", "quality", limit=1).json()
    rest = ask(office, "/anomalies", "quality", before=first["next"]).json()
    kinds = {one["finding"]["kind"] for one in first["items"] + rest["items"]}
    assert {"short", "weak_token"} <= kinds
    assert rest["next"] is None
    assert ask(office, "/anomalies", "viewer").status_code == 403


def test_the_number_of_a_card_is_masked_but_for_those_who_may_see_it(office: Alarmed) -> None:
    def shown(role: str, **asked: Any) -> set[str]:
        items = ask(office, "/anomalies", role, kind="weak_token", **asked).json()["items"]
        return {one["finding"]["subject"]["id"] for one in items if one["finding"]["subject"]["what"] == "card"}

    assert shown("quality") == {"…" + b"card-one".hex()[-4:]}
    assert shown("auditor", names=True) == {b"card-one".hex()}
    assert ask(office, "/anomalies", "quality", names=True).status_code == 403


def test_both_are_listed_from_the_command_line(
    office: Alarmed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "auditor.token"
    secret.write_text(office.token("auditor", "审计"))
    where = ("--url", office.url, "--token-file", str(secret), "--lang", "zh")
    assert run(PROGRAM, ["anomalies", "--kind", "short", *where]) == 0
    assert "服务时长 20 分" in capsys.readouterr().out
    assert run(PROGRAM, ["anomalies", "--kind", "travel", *where]) == 0
    assert "没有疑点" in capsys.readouterr().out
    assert run(PROGRAM, ["visits", *where, "--json"]) == 0
    (visit,) = json.loads(capsys.readouterr().out)
    assert visit["findings"] == ["short"]


def test_valid_days_weeks_and_months_are_served_and_listed(
    office: Alarmed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    china, folder = timezone(timedelta(hours=8)), tmp_path / "cards"
    folder.mkdir()
    tokens = f"token_id,uid,role,holder_id,valid_from\n,{b'card-one'.hex()},caregiver,C1,2026-01-01\n"
    (folder / "tokens.csv").write_text(tokens, "utf-8")
    load(office.site.store, Book(office.site.key), folder, zone=china, tenant=TENANT)
    office.site.settle(NOW_MS + 86_400_000)
    day = datetime.fromtimestamp(BEGAN / 1000, china).date()
    span = {"first": day.isoformat(), "last": day.isoformat()}
    (found,) = ask(office, "/attendance/days", "viewer", **span).json()["items"]
    assert found == {
        "caregiver_id": "C1", "day": day.isoformat(), "checks": 2, "first_ms": BEGAN, "last_ms": BEGAN + 20 * 60_000,
        "valid": False, "sure": True,
    }  # fmt: skip
    for of, name in (("week", "{0:%G}-W{0:%V}"), ("month", "{0:%Y-%m}")):
        page = ask(office, "/attendance/periods", "viewer", of=of, **span).json()
        assert page["items"] == [
            {"caregiver_id": "C1", "period": name.format(day), "days": 0, "valid": False, "uncounted": "occupation"}
        ]
        assert page["next"] is None
    assert ask(office, "/attendance/days", "viewer", caregiver_id="C2", **span).json()["items"] == []
    assert ask(office, "/attendance/days", "duty", **span).status_code == 403
    assert ask(office, "/attendance/days", "viewer", before="x").status_code == 422
    assert ask(office, "/together", "viewer").json() == {"items": [], "next": None}
    secret = tmp_path / "viewer.token"
    secret.write_text(office.token("auditor", "审计"))
    where = ("--url", office.url, "--token-file", str(secret), "--lang", "zh")
    assert run(PROGRAM, ["attendance", "--first", day.isoformat(), "--last", day.isoformat(), *where]) == 0
    assert "C1" in capsys.readouterr().out
    assert run(PROGRAM, ["attendance", "--of", "month", "--caregiver", "C2", *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(PROGRAM, ["together", *where]) == 0
    assert "没有" in capsys.readouterr().out
