"""A visit made offline under a clock that nobody trusted, dated later, corrected by people: proved by file and root."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from samples.evidence import Office, hard_visit, office
from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, Authority
from zhendao.gateway.evidence.errors import NoVisitError
from zhendao.protocol.bundle import Bundle, Opened, Revision, decode_bundle
from zhendao.protocol.suite import INTL, SM
from zhendao.verifier.bundle.examining import STEPS, examine_evidence

LATER_MS = NOW_MS + 6 * 3_600_000


@pytest.fixture(scope="module", params=[SM, INTL], ids=["sm", "intl"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = office(tmp_path_factory.mktemp("gateway"), Authority(request.param))
    hard_visit(made)
    yield made
    made.site.store.close()


@pytest.fixture(scope="module")
def file(place: Office) -> bytes:
    return place.maker.make(place.visit_id(), LATER_MS)


def root(place: Office) -> bytes:
    return place.site.authority.root.der


def test_file_and_root_alone_prove_it(place: Office, file: bytes) -> None:
    found = examine_evidence(file, root(place))
    assert [(one.step, one.holds) for one in found.findings] == [(step, True) for step in STEPS], found.findings[-1]
    assert found.holds
    assert found.people == ("李婉", "王芳")
    side = found.record["in"]
    assert (side["method"], side["at_ms"], side["clock"]) == ("anchor", SOME_DAY_MS + 3_600_000, "unset")
    assert found.sides["in"].own
    assert "60 min are proved by the monotonic clock" in found.findings[4].text.en
    kinds = sorted(one.event.kind for one in found.facts)
    assert kinds == [1, 2, 3, 3, 6]


def test_what_is_not_of_the_visit_stays_closed(file: bytes) -> None:
    bundle = decode_bundle(file).bundle
    (run,) = bundle.runs
    assert (run.first, len(run.links)) == (1, 7)
    assert [isinstance(one, Opened) for one in run.links] == [True, True, False, True, True, True, False]
    told = json.loads(bundle.registry)
    assert told["elder"]["elder_id"] == "E1"
    assert "王秀兰".encode() not in file


def test_a_file_changed_at_any_byte_fails_with_the_reason(place: Office, file: bytes) -> None:
    for at in range(0, len(file), 97):
        changed = bytearray(file)
        changed[at] ^= 1 << (at % 8)
        found = examine_evidence(bytes(changed), root(place))
        assert not found.holds, at
        assert not found.findings[-1].holds
        assert found.findings[-1].text.zh


def test_another_root_proves_nothing(place: Office, file: bytes) -> None:
    found = examine_evidence(file, Authority(place.site.authority.suite).root.der)
    assert [one.step for one in found.findings if not one.holds] == ["gateway"]


def later(bundle: Bundle, **record: object) -> tuple[Revision, ...]:
    """Return the revisions with another last record."""
    last = bundle.revisions[-1]
    told = json.loads(last.record) | record
    return (*bundle.revisions[:-1], replace(last, record=json.dumps(told).encode()))


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("another time", "times"),
        ("a longer visit", "times"),
        ("a longer visit than was corrected", "times"),
        ("another terminal", "visit"),
        ("another check", "visit"),
        ("an opened event with another content", "journal"),
        ("a closed neighbour left out", "journal"),
        ("no approval", "people"),
        ("another revision", "log"),
        ("an entry of the log left out", "log"),
        ("a revision left out", "visit"),
        ("no certificates", "gateway"),
    ],
)
def test_a_gateway_that_lies_is_found_out(  # noqa: C901 - a list of lies
    place: Office, file: bytes, what: str, step: str
) -> None:
    bundle = decode_bundle(file).bundle
    record = json.loads(bundle.revisions[-1].record)
    (run,) = bundle.runs
    opened = run.links[1]
    assert isinstance(opened, Opened)
    match what:
        case "another time":
            fields: dict[str, object] = {
                "revisions": later(bundle, **{"in": record["in"] | {"at_ms": record["in"]["at_ms"] + 60_000}})
            }
        case "a longer visit":
            witnessed = record["correction"]["witnessed"] | {"duration_s": 7_200}
            fields = {"revisions": later(bundle, correction=record["correction"] | {"witnessed": witnessed})}
        case "a longer visit than was corrected":
            fields = {"revisions": later(bundle, duration_s=9 * 3_600)}
        case "another terminal":
            fields = {"revisions": later(bundle, device="00" * 16)}
        case "another check":
            fields = {"revisions": later(bundle, **{"in": record["in"] | {"seq": 4}})}
        case "an opened event with another content":
            other = replace(opened, plaintext=opened.plaintext[:-1] + b"\x01")
            fields = {"runs": (replace(run, links=(run.links[0], other, *run.links[2:])),)}
        case "a closed neighbour left out":
            fields = {"runs": (replace(run, links=(*run.links[:2], *run.links[3:])),)}
        case "no approval":
            fields = {"acts": bundle.acts[:1]}
        case "another revision":
            fields = {"revisions": later(bundle, service="助浴")}
        case "an entry of the log left out":
            fields = {"logged": bundle.logged[1:]}
        case "a revision left out":
            fields = {"revisions": bundle.revisions[1:]}
        case _:
            fields = {"certificates": ()}
    found = examine_evidence(place.altered(file, **fields), root(place))
    assert [one.step for one in found.findings if not one.holds] == [step], [one.text.en for one in found.findings]
    assert found.findings[-1].text.zh


def test_no_evidence_of_a_visit_that_is_not_there(place: Office) -> None:
    with pytest.raises(NoVisitError):
        place.maker.make(bytes(16), LATER_MS)


@pytest.mark.long
def test_a_file_changed_at_each_of_its_bytes_fails(place: Office, file: bytes) -> None:
    held = [at for at in range(len(file)) if examine_evidence(flipped(file, at), root(place)).holds]
    assert held == []


def flipped(file: bytes, at: int) -> bytes:
    changed = bytearray(file)
    changed[at] ^= 1 << (at % 8)
    return bytes(changed)
