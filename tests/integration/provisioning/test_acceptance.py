"""From the survey to the printed certificate, with the real commands; and every failure of the self-test, made real."""

import json
import subprocess
from pathlib import Path

from samples.installed import DOOR_TOKEN, PLACE, Site, broker, receiver
from samples.pn532 import Emulator
from zhendao.protocol.datum import to_datum
from zhendao.protocol.vocabulary import Datum

PLACES = ("--place", "P001", "--elder", "E001", "--engineer", "张三")


def shows(emulator: Emulator, door: str = "door", card: str = "card") -> "Presenter":
    return Presenter(emulator, door, card)


class Presenter:
    """Holds the tags to the reader when the self-test asks for them."""

    def __init__(self, emulator: Emulator, door: str, card: str) -> None:
        self.emulator, self.door, self.card = emulator, door, card

    def __call__(self, line: str) -> None:
        if line.startswith("hold the door tag"):
            self.emulator.do(f"present {self.door}")
        if line.startswith("hold a card"):
            self.emulator.do(f"remove {self.door}")
            self.emulator.do(f"present {self.card}")


def test_a_home_is_accepted_from_survey_to_paper(site: Site, emulator: Emulator) -> None:
    folder, authority = site.folder, site.folder / "authority"
    with broker(folder) as mosquitto, receiver(folder):
        site.settings(mosquitto.port)
        survey = site.device("survey", "--fixes", "10", "--out", folder / "survey.json")
        assert len(survey["facts"]["fixes"]) == 10
        parts = site.selftest(on=shows(emulator))
    assert {name: one["outcome"] for name, one in parts.items()} == {
        **dict.fromkeys(("identity", "disk", "key", "broker", "gnss", "reader", "door", "card", "signals"), "passed"),
        "clock": parts["clock"]["outcome"],
    }
    assert parts["clock"]["outcome"] in {"passed", "noted"}
    lat, lon = to_datum(*PLACE, Datum.WGS84, Datum.GCJ02)
    bound = site.provision(
        *("site", "survey", authority, "--record", folder / "survey.json", *PLACES),
        *("--address", f"{lat:.6f},{lon:.6f}", "--datum", "wgs84", "--registry", folder / "登记"),
    )
    assert bound["door"] == DOOR_TOKEN.hex()
    assert (bound["comparison"]["best"], bound["comparison"]["verdict"]) == ("gcj02", "other_datum")
    assert "31.18" in (folder / "登记/地点.csv").read_text()
    made = site.provision(
        "site", "accept", authority, "--selftest", folder / "selftest.json", "--out", folder / "draft"
    )
    assert "address-other_datum" in [one["code"] for one in made["remarks"]]
    signed = site.device("accept", "--draft", folder / "draft", "--out", folder / "signed.json")
    done = site.provision(
        *("site", "certify", authority, "--signed", folder / "signed.json"),
        *("--out", folder / "acceptance.json", "--pdf", folder / "acceptance.pdf"),
    )
    assert done["check_value"] == signed["check_value"]
    found = site.verify("acceptance", folder / "acceptance.json", "--check", done["check_value"])
    assert found["holds"]
    printed(folder, done["check_value"])
    altered(site, folder)


def printed(folder: Path, check_value: str) -> None:
    """The page is one, holds what matters, and its code is read by an independent program."""
    pdf = folder / "acceptance.pdf"
    about = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True, text=True).stdout
    assert "Pages:           1" in about
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True).stdout
    for word in ("安装验收证书", "P001", "E001", "张三", DOOR_TOKEN.hex(), "WGS-84", "Certificate of acceptance"):
        assert word in text, word
    subprocess.run(["pdftoppm", "-r", "150", "-png", str(pdf), str(folder / "page")], check=True)
    scanned = subprocess.run(
        ["zbarimg", "-q", "--raw", str(folder / "page-1.png")], capture_output=True, check=True, text=True
    ).stdout.strip()
    assert scanned.split()[-1] == check_value


def altered(site: Site, folder: Path) -> None:
    """What is not as it was signed, on paper or in the file, is found out."""
    whole = json.loads((folder / "acceptance.json").read_text())
    assert not site.verify("acceptance", folder / "acceptance.json", "--check", "0" * 32, code=1)["holds"]
    whole["facts"]["site"]["place"] = "P002"
    (folder / "other.json").write_text(json.dumps(whole))
    assert not site.verify("acceptance", folder / "other.json", code=1)["holds"]
    assert not site.verify("acceptance", folder / "signed.json", code=1)["holds"], "not countersigned"


def test_a_home_where_nothing_works_is_taken_over_only_with_open_eyes(site: Site) -> None:
    folder, authority = site.folder, site.folder / "authority"
    survey = site.device("survey", "--fixes", "5", "--seconds", "1", "--out", folder / "survey.json")
    assert survey["facts"]["fixes"] == []
    site.selftest("--wait", "1", "--gnss-seconds", "1", code=1)
    bound = site.provision("site", "survey", authority, "--record", folder / "survey.json", *PLACES)
    assert bound["position"] is None
    words = ("site", "accept", authority, "--selftest", folder / "selftest.json", "--out", folder / "draft")
    refused = site.provision(*words, code=1)["error"]
    assert refused["code"] == "site"
    assert "the self-test is not passed" in refused["what"]
    made = site.provision(*words, "--despite-failures")
    assert made["outcome"] == "accepted_despite_failures"
    assert {"no-place", "broker-unreachable", "reader-port-missing"} <= {one["code"] for one in made["remarks"]}
    site.device("accept", "--draft", folder / "draft", "--out", folder / "signed.json")
    done = site.provision(
        *("site", "certify", authority, "--signed", folder / "signed.json"),
        *("--out", folder / "acceptance.json", "--pdf", folder / "acceptance.pdf"),
    )
    assert site.verify("acceptance", folder / "acceptance.json", "--check", done["check_value"])["holds"]
    shown = subprocess.run(
        ["pdftotext", str(folder / "acceptance.pdf"), "-"], capture_output=True, check=True, text=True
    )
    assert "自检有未通过项，仍予接收" in shown.stdout
    told = site.run("provision", "doctor", "--record", folder / "acceptance.json", code=1)["findings"]
    assert {"selftest-reader", "selftest-broker"} <= {one["part"] for one in told if one["grade"] == "bad"}
