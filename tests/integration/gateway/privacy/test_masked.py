"""Every address of the interface, asked by every role: nobody is shown a name or a number unmasked unasked. rule: PIPL

Walked along the OpenAPI description, which leaves none out. An address that is added later fails the walk until it is
answered in it, and, where it can be asked for names, until the walk would see one there.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from sqlalchemy import select

from samples.alarmed import Alarmed
from samples.spied import ADDRESS, CHILD, CHILD_PHONE, ELDER, ENTRY, GIVER, PERSONAL, PHONE, spied
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.roles import ROLES, Right, allows
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.store.conclusions import visits

ENDLESS = "/api/v1/alerts/stream"
"""Its items are those of /api/v1/alerts, and it does not end."""
UNANSWERED = {"/v1/enrolment/{enrolment}", "/api/v1/receipts/{code}"}
"""There is no such terminal here, and no such receipt; neither tells of a person."""
_COUNTED = (
    "daily-rank", "per-10k", "hours", "anomalies", "cases", "terminals", "trend", "meal-count", "meal-points",
    "meal-coverage", "meal-uncovered", "meal-findings",
)  # fmt: skip
_ELSEWHERE = ("pay-hours", "meal-dead", "meal-backfill")
NAMELESS = {
    "/api/v1/anomalies", "/api/v1/cards/findings",  # numbers of cards are what may be asked for there
    *(f"/api/v1/reports/{name}" for name in (*_COUNTED, *_ELSEWHERE)),
}  # fmt: skip
"""Where a role that may have names sees none here: reports that count, and three that are empty, whose own tests ask
for both forms."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alarmed]:
    with spied(tmp_path_factory.mktemp("gateway")) as made:
        yield made


def addresses(gateway: Alarmed) -> dict[str, list[dict[str, Any]]]:
    """Return each address that is read, with its parameters."""
    described = httpx.get(f"{gateway.url}/api/v1/openapi.json", timeout=120).json()
    return {path: of["get"].get("parameters", []) for path, of in described["paths"].items() if "get" in of}


def filled(gateway: Alarmed, path: str, parameters: list[dict[str, Any]]) -> Iterator[str]:
    """Give ``path`` with every value that its places can take here."""
    with gateway.site.store.reading() as connection:
        visit = connection.execute(select(visits.c.id)).scalar_one().hex()
    known = {"visit_id": [visit], "number": ["1"], "event_id": ["1"], "code": ["ABCDEFG"], "enrolment": ["00" * 16]}
    names = [one for one in parameters if one["in"] == "path"]
    values = [one["schema"].get("enum") or known[one["name"]] for one in names]
    for several in itertools.product(*values):
        yield path.format(**{one["name"]: value for one, value in zip(names, several, strict=True)})


class Walk:
    """What each role was answered: by role and path, the statuses and texts of every address of it."""

    def __init__(self, gateway: Alarmed) -> None:
        self.told: dict[tuple[str, str], list[tuple[str, dict[str, str], int, str]]] = {}
        every = {path: (of, [*filled(gateway, path, of)]) for path, of in addresses(gateway).items() if path != ENDLESS}
        for role in ROLES:
            headers = {"Authorization": f"Bearer {gateway.token(role, 'somebody')}"}
            with httpx.Client(base_url=gateway.url, headers=headers, timeout=120) as client:
                for path, (parameters, several) in every.items():
                    asked: list[dict[str, str]] = [{}]
                    if any(one["name"] == "names" for one in parameters):
                        asked.append({"names": "true"})
                    for address, query in itertools.product(several, asked):
                        said = client.get(address, params=query)
                        self.told.setdefault((role, path), []).append((address, query, said.status_code, said.text))


@pytest.fixture(scope="module")
def walk(gateway: Alarmed) -> Walk:
    return Walk(gateway)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_nothing_personal_is_shown_to_a_role_that_did_not_ask_or_may_not(walk: Walk, role: str) -> None:
    may = allows(role, Right.NAMES)
    for (who, _), told in walk.told.items():
        for address, query, status, text in told if who == role else ():
            assert status < 500, (address, text)
            if query and (may or (role == "duty" and "/dossier" in address)):
                continue
            assert [one for one in PERSONAL if one in text] == [], (role, address, query)
            assert not query or status in {403, 422}, (role, address)


def test_every_address_is_answered_to_somebody(walk: Walk) -> None:
    answered = {path for (_, path), told in walk.told.items() if any(status == 200 for _, _, status, _ in told)}
    assert {path for _, path in walk.told} - answered == UNANSWERED


def test_wherever_names_can_be_asked_for_the_walk_would_see_one(walk: Walk) -> None:
    asked, seen = set(), set()
    for told in walk.told.values():
        for address, query, _, text in told:
            if query:
                asked.add(address)
                seen |= {address} if any(one in text for one in PERSONAL) else set()
    assert asked - seen == NAMELESS


def test_no_address_is_left_out_of_the_description(gateway: Alarmed) -> None:
    app = make_app(Backing(gateway.site.store, gateway.site.key, Meters(), lambda: True))
    hidden = [route.path for route in app.routes if not getattr(route, "include_in_schema", False)]  # type: ignore[attr-defined]
    assert hidden == ["/api/v1/openapi.json"]


def test_the_walk_would_see_a_name(gateway: Alarmed) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('duty', 'seat one')}"}
    seen = httpx.get(f"{gateway.url}/api/v1/alerts/1/dossier?names=true", headers=headers, timeout=120).text
    assert {ELDER, PHONE, ADDRESS, ENTRY, CHILD, CHILD_PHONE} - {one for one in PERSONAL if one in seen} == set()
    paths = addresses(gateway)
    assert {"/api/v1/visits", "/api/v1/reports/{name}", "/api/v1/cases", "/api/v1/accesses"} <= paths.keys()


def test_the_log_of_accesses_holds_no_name_that_was_asked_for(gateway: Alarmed) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('admin', 'office')}"}
    asked = {"name_part": GIVER, "region": "徐家汇", "name": GIVER, "phone": PHONE}
    said = httpx.get(f"{gateway.url}/api/v1/reports/record-list", params=asked, headers=headers, timeout=120)
    assert said.json()["rows"]
    with gateway.site.store.reading() as connection:
        logged = connection.execute(select(ACCESSES.c.filters).order_by(ACCESSES.c.id.desc())).scalars().all()
    assert parse_qsl(logged[0]) == [("name_part", "***珍"), ("region", "徐家汇")]
    assert [one for one in PERSONAL for said in logged if one in unquote(said)] == []


def test_a_file_that_is_not_named_unmasked_is_masked(gateway: Alarmed) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('admin', 'office')}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=120) as client:
        for name in ("daily-detail", "roster", "record-list"):
            for form in ("csv", "json"):
                said = client.get(f"/api/v1/reports/{name}", params={"form": form, "date": "2026-09-21"})
                assert [one for one in PERSONAL if one in said.text] == [], (name, form)
    assert Path(gateway.site.folder).exists()
