"""A site on paper: what is bound, refused, printed and registered. Signed by a real terminal's key, no command run."""

import csv
import io
import subprocess
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.places import HOME, wander
from zhendao.device.cli import main as device
from zhendao.device.identity.enrolled import load
from zhendao.device.site import paper
from zhendao.gateway.registry.loading import read_rows
from zhendao.protocol.datum import to_datum
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.statement import Statement, open_statement
from zhendao.protocol.surveyed import position
from zhendao.protocol.vocabulary import Datum, Mounting, Placement
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main as provision
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.site import acceptance, certificate_page, forms, shelf
from zhendao.provisioning.site.acceptance import SiteError
from zhendao.provisioning.site.binding import Address, Bound, bind
from zhendao.provisioning.site.registry_rows import merged, rows

DOOR = b"d" * 16
DUTY = Duty(Placement.HOME, Mounting.CRADLE, DOOR)
BOUND = Bound("P001", "E001", DOOR, "张三")
PASSPHRASE = "correct horse"
GOOD = {"zh": "好", "en": "good"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Terminal:
    """One that has joined the authority beside it."""

    def __init__(self, folder: Path, tenant: str = "xuhui") -> None:
        self.folder, self.authority = folder, folder / "authority"
        with pytest.MonkeyPatch.context() as patch:
            for name in ("CREDENTIALS_DIRECTORY", "TPM2TOOLS_TCTI"):
                patch.delenv(name, raising=False)
            patch.setenv("ZHENDAO_PASSPHRASE", PASSPHRASE)
            self.config = folder / "device.toml"
            self.config.write_text(
                '[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "none"\n'
                '[broker]\nurl = "mqtt://127.0.0.1:1"\n'
            )
            papers = [str(folder / name) for name in ("request", "answer")]
            config = ["--config", str(self.config)]
            assert provision(["init", str(self.authority), "--tenant", tenant]) == 0
            assert device(["enrol", *config, "--request", papers[0], "--keystore", "file"]) == 0
            approve = ["terminal", "approve", str(self.authority), "--request", papers[0], "--out", papers[1]]
            assert provision([*approve, "--door", DOOR.hex()]) == 0
            assert device(["enrol", *config, "--answer", papers[1]]) == 0
        self.who = load(folder / "data/identity")
        self.device = self.who.device.hex()

    def survey(self, count: int = 30) -> Statement:
        fixes = [
            [one.lat_e7, one.lon_e7, round(10 * one.hacc95_m), round(1000 * one.at_s), 9, 90, None, 0]
            for one in wander(7, count, 4.0)
        ]
        trouble = {"condition": "searching", "zh": "能收到数据，没有可靠的定位", "en": "it talks, and has no good fix"}
        facts = {
            "device": self.device,
            "tenant": "xuhui",
            "software": "0.1.0",
            "made_ms": now_ms(),
            "datum": "wgs84",
            "wanted": 30,
            "fixes": fixes,
            "receiver": trouble,
        }
        return paper.state(self.who, "survey", facts)

    def selftest(self, *parts: dict[str, Any], made_ms: int | None = None) -> Statement:
        made = now_ms() if made_ms is None else made_ms
        return paper.state(self.who, "self-test", {"device": self.device, "made_ms": made, "parts": list(parts)})

    def open(self) -> Authority:
        return Authority.open(self.authority, PASSPHRASE)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(tmp_path_factory.mktemp("other"))


def part(name: str = "disk", outcome: str = "passed", what: dict[str, str] | None = None) -> dict[str, Any]:
    code = "" if outcome == "passed" else f"{name}-wrong"
    return {
        "part": name,
        "outcome": outcome,
        "code": code,
        "what": what or GOOD,
        "cure": GOOD,
        "took_ms": 1,
        "figures": {},
    }


def address(datum: Datum, stated: Datum | None, accuracy_m: float = 50) -> Address:
    lat, lon = to_datum(HOME[0] / 1e7, HOME[1] / 1e7, Datum.WGS84, datum)
    return Address(round(lat * 1e7), round(lon * 1e7), stated, accuracy_m)


def site_of(terminal: Terminal, count: int = 30, at: Address | None = None) -> tuple[Statement, dict[str, Any]]:
    survey = terminal.survey(count)
    return survey, bind(survey, DUTY, BOUND, at, now_ms())


@pytest.mark.parametrize(
    ("written", "stated", "word"),
    [
        (Datum.GCJ02, Datum.GCJ02, "agrees"),
        (Datum.WGS84, Datum.CGCS2000, "agrees"),
        (Datum.BD09, None, "recognised"),
        (Datum.GCJ02, Datum.WGS84, "other_datum"),
        (Datum.WGS84, Datum.BD09, "other_datum"),
    ],
)
def test_an_address_is_told_by_what_it_is(terminal: Terminal, written: Datum, stated: Datum, word: str) -> None:
    _, site = site_of(terminal, at=address(written, stated))
    assert site["comparison"]["verdict"] == word
    assert site["comparison"]["best"] == written.name.lower()
    for text in (site["comparison"]["zh"], site["comparison"]["en"]):
        assert "None" not in text


def test_a_vague_address_and_one_of_another_street(terminal: Terminal) -> None:
    assert site_of(terminal, at=address(Datum.GCJ02, None, 2000))[1]["comparison"]["verdict"] == "cannot_tell"
    away = Address(HOME[0] + 400_000, HOME[1], Datum.WGS84, 50)
    assert site_of(terminal, at=away)[1]["comparison"]["verdict"] == "elsewhere"


def test_a_door_tag_that_is_not_the_sites_is_refused(terminal: Terminal) -> None:
    authority = terminal.open()
    duty = shelf.duty_of(authority, terminal.device)
    assert duty == DUTY
    assert shelf.door_of(authority, duty, None) == DOOR
    for asked, said in ((b"x" * 16, "bound to the door tag"),):
        with pytest.raises(SiteError, match=said):
            shelf.door_of(authority, duty, asked)
    with pytest.raises(SiteError, match="no door tag that this authority"):
        shelf.door_of(authority, Duty(Placement.HOME, Mounting.CRADLE), b"x" * 16)
    with pytest.raises(SiteError, match="has not joined"):
        shelf.duty_of(authority, "0f" * 16)


def test_another_authoritys_terminal_is_refused(terminal: Terminal, stranger: Terminal) -> None:
    now_s = int(time.time())
    assert acceptance.check_terminal(terminal.open(), terminal.survey(), now_s) == terminal.device
    with pytest.raises(SiteError, match="is not ours"):
        acceptance.check_terminal(terminal.open(), stranger.survey(), now_s)


def test_what_was_found_stands_in_the_remarks(terminal: Terminal) -> None:
    survey, site = site_of(terminal, count=0)
    tested = terminal.selftest(
        part(), part("clock", "noted"), part("gnss", "failed"), made_ms=now_ms() - 2 * 86_400_000
    )
    made = acceptance.draft(site, survey, tested, "xuhui", now_ms())
    assert [one["code"] for one in made.facts["remarks"]] == ["clock-wrong", "gnss-wrong", "no-place", "self-test-old"]
    assert made.facts["outcome"] == "accepted_despite_failures"
    noted = acceptance.draft(site, survey, terminal.selftest(part(), part("clock", "noted")), "xuhui", now_ms())
    assert noted.facts["outcome"] == "accepted_with_remarks"
    assert [one["part"] for one in acceptance.failures(tested)] == ["gnss"]


def test_records_of_two_terminals_make_no_certificate(terminal: Terminal, stranger: Terminal) -> None:
    survey, site = site_of(terminal)
    with pytest.raises(SiteError, match="not of one terminal"):
        acceptance.draft(site, survey, stranger.selftest(part()), "xuhui", now_ms())


def signed(terminal: Terminal, facts: dict[str, Any]) -> Statement:
    return paper.state(terminal.who, "acceptance", facts)


def test_nothing_is_countersigned_that_does_not_hold_together(terminal: Terminal, stranger: Terminal) -> None:
    survey, site = site_of(terminal)
    made = acceptance.draft(site, survey, terminal.selftest(part()), "xuhui", now_ms())
    now_s = int(time.time())
    done = acceptance.certify(terminal.open(), signed(terminal, made.facts), site, now_s)
    assert [one.by for one in open_statement(done.encode()).signatures] == ["terminal", "authority"]
    with pytest.raises(SiteError, match="countersigned already"):
        acceptance.certify(terminal.open(), done, site, now_s)
    foreign = {**made.facts, "survey": stranger.survey().as_json()}
    with pytest.raises(SiteError, match="of another terminal"):
        acceptance.certify(terminal.open(), signed(terminal, foreign), site, now_s)
    spoilt = {**made.facts, "survey": {**survey.as_json(), "facts": {**survey.facts, "wanted": 1}}}
    with pytest.raises(SiteError, match="does not hold"):
        acceptance.certify(terminal.open(), signed(terminal, spoilt), site, now_s)
    with pytest.raises(SiteError, match="another terminal than the one that signed"):
        acceptance.certify(terminal.open(), signed(terminal, {**made.facts, "device": "0b" * 16}), site, now_s)


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: {**facts, "outcome": "accepted"},
        lambda facts: {**facts, "remarks": []},
        lambda facts: {**facts, "site": {**facts["site"], "place": "P002"}},
        lambda facts: {**facts, "site": {**facts["site"], "position": {**facts["site"]["position"], "lat_e7": 0}}},
        lambda facts: {**facts, "tenant": "other"},
        lambda facts: {**facts, "made_ms": "now"},
    ],
)
def test_what_a_terminal_changes_in_its_draft_is_not_countersigned(terminal: Terminal, change: Any) -> None:
    survey, site = site_of(terminal)
    made = acceptance.draft(site, survey, terminal.selftest(part("clock", "noted")), "xuhui", now_ms())
    with pytest.raises(SiteError):
        acceptance.certify(terminal.open(), signed(terminal, change(made.facts)), site, int(time.time()))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53) + 1, (1 << 53) - 1)
    | st.text(st.characters(codec="ascii"), max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"\A[a-z]{1,4}\Z"), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["made_ms", "device", "fixes", "receiver", "wanted", "software", "datum", "parts"]), anything)
def test_a_terminal_that_signs_nonsense_is_malformed_and_no_more(name: str, value: Any) -> None:
    good = {"made_ms": 1, "device": "0a", "fixes": [], "receiver": None, "wanted": 1, "software": "1", "datum": "wgs84"}
    for kind in ("survey", "self-test"):
        found = Statement(kind, {**good, "parts": [part()], name: value})  # type: ignore[arg-type]
        try:
            forms.check(found)
        except MalformedError:
            continue
        position(found.facts) if kind == "survey" else acceptance.failures(found)


def test_a_terminal_signs_its_own_acceptance_alone(
    terminal: Terminal, stranger: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey, site = site_of(terminal)
    made = acceptance.draft(site, survey, terminal.selftest(part()), "xuhui", now_ms())
    foreign = {**made.facts, "self_test": stranger.selftest(part()).as_json()}
    for name, facts in (("mine", made.facts), ("foreign", foreign), ("named", {**made.facts, "device": "0b" * 16})):
        (tmp_path / name).write_bytes(Statement("acceptance", facts).encode())
    (tmp_path / "none").write_bytes(b"{}")

    def accepts(name: str) -> int:
        files = ["--draft", str(tmp_path / name), "--out", str(tmp_path / "out")]
        return device(["accept", "--config", str(terminal.config), *files])

    assert [accepts(name) for name in ("mine", "foreign", "named", "none", "missing")] == [0, 1, 1, 1, 1]
    said = capsys.readouterr().err
    assert "was not signed by this terminal" in said
    assert "of another terminal" in said
    assert open_statement((tmp_path / "out").read_bytes(), "acceptance").facts == made.facts


LONG = {"zh": "这一句话很长，" * 12, "en": "this sentence is rather long, " * 9}


@pytest.mark.parametrize("count", [0, 30])
def test_the_page_is_one_whatever_stands_on_it(terminal: Terminal, tmp_path: Path, count: int) -> None:
    survey = terminal.survey(count)
    names = ("identity", "disk", "key", "broker", "gnss", "clock", "reader", "door", "card", "signals")
    parts = [part(name, "failed", LONG) for name in names]
    bound = Bound("P" * 60, "E" * 60, None, "工程师" * 20)
    site = bind(survey, Duty(Placement.STATION, Mounting.WALL), bound, address(Datum.GCJ02, Datum.BD09), now_ms())
    made = acceptance.draft(site, survey, terminal.selftest(*parts), "xuhui", now_ms())
    done = acceptance.certify(terminal.open(), signed(terminal, made.facts), site, int(time.time()))
    file = tmp_path / "page.pdf"
    file.write_bytes(certificate_page.draw(done, "https://care.example/zhendao"))
    about = subprocess.run(["pdfinfo", str(file)], capture_output=True, check=True, text=True).stdout
    assert "Pages:           1" in about
    assert file.stat().st_size < 120_000
    subprocess.run(["pdftoppm", "-r", "150", "-png", str(file), str(tmp_path / "page")], check=True)
    scanned = subprocess.run(
        ["zbarimg", "-q", "--raw", str(tmp_path / "page-1.png")], capture_output=True, check=True, text=True
    )
    assert scanned.stdout.strip() == f"https://care.example/zhendao/{terminal.device}/{done.check_value()}"


def test_rows_of_the_registry(terminal: Terminal, tmp_path: Path) -> None:
    files = rows(site_of(terminal)[1], 60)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    taken = read_rows(tmp_path, ZoneInfo("Asia/Shanghai"), "xuhui")
    assert sorted(one.sheet.name for one in taken) == ["places", "terminals"], "as the gateway reads them"
    place = next(csv.DictReader(io.StringIO(files["地点.csv"])))
    assert (place["坐标系"], place["半径"], place["精度"], place["标记方式"]) == ("WGS-84", "60", "10", "现场测量")
    assert abs(float(place["纬度"]) - HOME[0] / 1e7) < 0.001
    other = next(csv.DictReader(io.StringIO(files["终端.csv"])))
    assert (other["终端编号"], other["门牌标签编号"], other["安放方式"]) == (terminal.device, DOOR.hex(), "居家")
    blind = rows(site_of(terminal, count=0, at=address(Datum.GCJ02, Datum.GCJ02))[1], 60)
    assert next(csv.DictReader(io.StringIO(blind["地点.csv"])))["坐标系"] == "GCJ-02"
    assert "地点.csv" not in rows(site_of(terminal, count=0)[1], 60)


def test_homes_in_one_table_stand_beside_each_other(terminal: Terminal) -> None:
    site = site_of(terminal)[1]
    both = merged(rows(site, 60)["地点.csv"], rows({**site, "place": "P002"}, 60)["地点.csv"])
    again = merged(both, rows(site, 90)["地点.csv"])
    found = {row["地点编号"]: row["半径"] for row in csv.DictReader(io.StringIO(again))}
    assert found == {"P001": "90", "P002": "60"}
    with pytest.raises(ValueError, match="x"):
        merged("x,y\n1,2\n", rows(site, 60)["地点.csv"])
