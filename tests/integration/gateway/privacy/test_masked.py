"""Every address of the interface, asked by every role: nobody is shown a name or a number unmasked unasked. rule: PIPL

Walked along the OpenAPI description, which leaves none out. An address that is added later fails the walk until it is
answered in it, and, where it can be asked for names, until the walk would see one there.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from sqlalchemy import select

from samples.alarmed import Alarmed
from samples.calls import PRESS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site
from samples.taps import HOUR_NS, check
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.roles import ROLES, Right, allows
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.book import Owed, Round
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.vocabulary import Direction

LAT, LON = "31.2345678", "121.4567891"
ELDER, PHONE, ADDRESS, ENTRY = "欧阳若兰", "13912345678", "天钥桥路三百弄", "门禁码四七一一"
GIVER, GIVER_PHONE, PAPER = "司徒玉珍", "13787654321", "310104199001011234"
CHILD, CHILD_PHONE, SEAT_PHONE = "诸葛小明", "13611112222", "13533334444"
PERSONAL = (ELDER, PHONE, ADDRESS, ENTRY, GIVER, GIVER_PHONE, PAPER, CHILD, CHILD_PHONE, SEAT_PHONE)
PERSONAL = (*PERSONAL, LAT, LON, LAT.replace(".", ""), LON.replace(".", ""))
TABLES = {
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,address,entry,valid_from\n"
    f"P1,{LAT},{LON},WGS-84,60,5,{ADDRESS},{ENTRY},2026-01-01\n",
    "elders": f"elder_id,name,phone,place_id,valid_from\nE1,{ELDER},{PHONE},P1,2026-01-01\n",
    "regions": "region,level,parent,title,valid_from\nR1,street,,徐家汇,2026-01-01\n",
    "organisations": "organisation,title,type,region,valid_from\nO1,安康,home-care,R1,2026-01-01\n",
    "caregivers": "caregiver_id,name,phone,organisation,region,user_type,occupation,valid_from\n"
    f"C1,{GIVER},{GIVER_PHONE},O1,R1,caregiver,nurse,2026-01-01\n",
    "certificates": f"caregiver_id,kind,number,valid_from,valid_to\nC1,身份证,{PAPER},2026-01-01,2026-02-01\n",
    "contacts": f"elder_id,rank,name,phone,valid_from\nE1,1,{CHILD},{CHILD_PHONE},2026-01-01\n",
    "seats": f"seat,rank,name,phone,valid_from\n一号席,1,{CHILD},{SEAT_PHONE},2026-01-01\n",
}
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
    folder = tmp_path_factory.mktemp("gateway")
    made = Alarmed(Site(folder, Authority()))
    site = made.site
    bind(site.store, site.key)
    line = site.authority.terminal()
    register(site, line.device)
    lists = folder / "lists"
    lists.mkdir()
    for name, text in TABLES.items():
        (lists / f"{name}.csv").write_text(text, "utf-8")
    load(site.store, Book(site.key), lists, zone=CHINA, tenant=TENANT)
    line.add(check(Direction.IN), mono_ns=HOUR_NS)
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR_NS)
    line.add(PRESS, mono_ns=3 * HOUR_NS)
    with made.running():
        made.take(line.message(1, len(line.items)))
        site.settle()
        _remind(site)
        yield made
    site.store.close()


def _remind(site: Site) -> None:
    now_ms = time.time_ns() // 1_000_000
    today = Round("全区 09:30", "全区", local_date(now_ms, 8 * 3_600_000), now_ms, book.MADE, {})
    with site.store.writing() as connection:
        book.enter(connection, today, [Owed("短信", "C1", "O1", offline=False)], now_ms)


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
