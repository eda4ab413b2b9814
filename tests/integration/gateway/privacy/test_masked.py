"""Every address of the interface, asked by every role: nobody is shown a name or a number unmasked unasked. rule: PIPL

Walked along the OpenAPI description, so an address or a report that is added later is walked too.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from samples.alarmed import Alarmed
from samples.calls import PRESS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site
from samples.taps import HOUR_NS, check
from zhendao.gateway.api.roles import ROLES, Right, allows
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.binding import bind
from zhendao.protocol.vocabulary import Direction

ELDER, PHONE, ADDRESS, ENTRY = "欧阳若兰", "13912345678", "天钥桥路三百弄", "门禁码四七一一"
GIVER, GIVER_PHONE, PAPER = "司徒玉珍", "13787654321", "310104199001011234"
CHILD, CHILD_PHONE, SEAT_PHONE = "诸葛小明", "13611112222", "13533334444"
PERSONAL = (ELDER, PHONE, ADDRESS, ENTRY, GIVER, GIVER_PHONE, PAPER, CHILD, CHILD_PHONE, SEAT_PHONE)
TABLES = {
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,address,entry,valid_from\n"
    f"P1,31,121,WGS-84,60,5,{ADDRESS},{ENTRY},2026-01-01\n",
    "elders": f"elder_id,name,phone,place_id,valid_from\nE1,{ELDER},{PHONE},P1,2026-01-01\n",
    "caregivers": f"caregiver_id,name,phone,valid_from\nC1,{GIVER},{GIVER_PHONE},2026-01-01\n",
    "certificates": f"caregiver_id,kind,number,valid_from\nC1,身份证,{PAPER},2026-01-01\n",
    "contacts": f"elder_id,rank,name,phone,valid_from\nE1,1,{CHILD},{CHILD_PHONE},2026-01-01\n",
    "seats": f"seat,rank,name,phone,valid_from\n一号席,1,{CHILD},{SEAT_PHONE},2026-01-01\n",
}
ENDLESS = "/api/v1/alerts/stream"
"""Its items are those of /api/v1/alerts, and it does not end."""


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
        yield made
    site.store.close()


def addresses(gateway: Alarmed) -> dict[str, list[dict[str, Any]]]:
    """Return each address that is read, with its parameters."""
    described = httpx.get(f"{gateway.url}/api/v1/openapi.json", timeout=120).json()
    return {path: of["get"].get("parameters", []) for path, of in described["paths"].items() if "get" in of}


def filled(path: str, parameters: list[dict[str, Any]]) -> Iterator[str]:
    """Give ``path`` with every value that its places can take here."""
    names = [one for one in parameters if one["in"] == "path"]
    values = [
        one["schema"].get("enum") or ({"visit_id": ["00" * 16], "code": ["123456"]}.get(one["name"], ["1"]))
        for one in names
    ]
    for several in itertools.product(*values):
        yield path.format(**{one["name"]: value for one, value in zip(names, several, strict=True)})


@pytest.mark.parametrize("role", sorted(ROLES))
def test_nothing_personal_is_shown_to_a_role_that_did_not_ask_or_may_not(gateway: Alarmed, role: str) -> None:
    headers = {"Authorization": f"Bearer {gateway.token(role, 'somebody')}"}
    may = allows(role, Right.NAMES)
    answered = 0
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=120) as client:
        for path, parameters in addresses(gateway).items():
            if path == ENDLESS:
                continue
            takes = {one["name"] for one in parameters}
            asked = [{}] if may or role == "duty" or "names" not in takes else [{}, {"names": "true"}]
            for address, query in itertools.product(filled(path, parameters), asked):
                said = client.get(address, params=query)
                assert said.status_code < 500, (address, said.text)
                answered += said.status_code == 200
                assert [one for one in PERSONAL if one in said.text] == [], (role, address, query)
                if query:
                    assert said.status_code in {403, 422}, (role, address)
    assert answered >= {"engineer": 3, "enroller": 3, "worker": 3}.get(role, 6)


def test_the_walk_would_see_a_name(gateway: Alarmed) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('duty', 'seat one')}"}
    seen = httpx.get(f"{gateway.url}/api/v1/alerts/1/dossier?names=true", headers=headers, timeout=120).text
    assert {ELDER, PHONE, ADDRESS, ENTRY, CHILD, CHILD_PHONE} - {one for one in PERSONAL if one in seen} == set()
    paths = addresses(gateway)
    assert {"/api/v1/visits", "/api/v1/reports/{name}", "/api/v1/cases", "/api/v1/accesses"} <= paths.keys()


def test_a_file_that_is_not_named_unmasked_is_masked(gateway: Alarmed) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('admin', 'office')}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=120) as client:
        for name in ("daily-detail", "roster", "record-list"):
            for form in ("csv", "json"):
                said = client.get(f"/api/v1/reports/{name}", params={"form": form, "date": "2026-09-21"})
                assert [one for one in PERSONAL if one in said.text] == [], (name, form)
    assert Path(gateway.site.folder).exists()
