"""Clients that we did not write meet the emulator: libnfc's nfc-list, nfcpy with its own transport and tag types."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from samples.pn532 import CARD, COMMAND, DOOR, Emulator

NFC_LIST = shutil.which("nfc-list")


def nfc_list(emulator: Emulator) -> str:
    assert NFC_LIST is not None
    done = subprocess.run(
        [NFC_LIST, "-v"],
        env={**os.environ, "LIBNFC_DEVICE": f"pn532_uart:{emulator.link}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return " ".join(done.stdout.split())


@pytest.mark.skipif(NFC_LIST is None, reason="libnfc-bin is not installed")
def test_nfc_list_reads_every_kind_of_tag(emulator: Emulator) -> None:
    emulator.do("present door")
    seen = nfc_list(emulator)
    assert "1 ISO14443A passive target(s) found" in seen
    assert "UID (NFCID1): 04 a1 b2 c3 d4 e5 f6 SAK (SEL_RES): 00" in seen
    emulator.do("remove door")
    emulator.do("present iso")
    seen = nfc_list(emulator)
    assert "UID (NFCID1): 04 c0 c1 c2 c3 c4 c5 SAK (SEL_RES): 20" in seen
    assert "ATS: 75 77 81 02 80" in seen
    emulator.do("remove iso")
    emulator.do("present classic")
    seen = nfc_list(emulator)
    assert "UID (NFCID1): de ad be ef SAK (SEL_RES): 08" in seen
    emulator.do("remove classic")
    assert "0 ISO14443A passive target(s) found" in nfc_list(emulator)


@pytest.mark.skipif(NFC_LIST is None, reason="libnfc-bin is not installed")
def test_nfc_list_finds_two_tags(emulator: Emulator) -> None:
    emulator.do("present door")
    emulator.do("present card")
    seen = nfc_list(emulator)
    assert "2 ISO14443A passive target(s) found" in seen
    assert "04 b0 b1 b2 b3 b4 b5" in seen


NFCPY = """
import sys
import nfc, nfc.clf.transport, nfc.clf.pn532, nfc.tag
import ndef
transport = nfc.clf.transport.TTY(sys.argv[1])
device = nfc.clf.pn532.init(transport)
device._path = sys.argv[1]
frontend = nfc.ContactlessFrontend()
frontend.device = device
target = frontend.sense(nfc.clf.RemoteTarget("106A"))
tag = nfc.tag.activate(frontend, target)
print(type(tag).__name__, tag.identifier.hex())
if tag.ndef is not None:
    tag.ndef.records = [ndef.TextRecord("door")]
    target = frontend.sense(nfc.clf.RemoteTarget("106A"))
    print(nfc.tag.activate(frontend, target).ndef.records[0].text)
else:
    print(tag.send_apdu(0, 0xA4, 4, 0, b"12345", check_status=False).hex())
frontend.close()
"""


@pytest.mark.parametrize(
    ("tag", "output"),
    [
        ("door", f"NTAG215 {DOOR.hex()} door"),
        ("card", f"NTAG213 {CARD.hex()} door"),
        ("iso", "Type4ATag 04c0c1c2c3c4c5 6a82"),
    ],
)
def test_nfcpy_reads_and_writes_with_its_own_stack(emulator: Emulator, tag: str, output: str) -> None:
    """At 921600, which nfcpy chooses by itself, and back to 115200 when it closes."""
    emulator.do(f"present {tag}")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NFCPY, str(emulator.link.resolve())],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert " ".join(done.stdout.split()) == output, done.stderr


def test_written_content_outlives_the_process(tmp_path: Path) -> None:
    for run in range(2):
        with Emulator(tmp_path / "reader", "--state", str(tmp_path / "tags")) as emulator:
            if run == 0:
                emulator.tags()
            emulator.do("present door")
            assert emulator.do("dump door")["uid"] == DOOR.hex()
    assert json.loads((tmp_path / "tags" / "door.json").read_text())["kind"] == "ntag215"


def test_a_script_is_played_and_sigterm_ends_it(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("# a day\ntag door ntag215 uid=04A1B2C3D4E5F6\nwait 1\npresent door\nfly\n")
    emulator = Emulator(tmp_path / "reader", "--script", str(script))
    try:
        assert [emulator.answer().get("done") for _ in range(3)][-1] == "present door"
        assert emulator.answer()["code"] == "simulator-order"
        emulator.process.send_signal(signal.SIGTERM)
        assert emulator.process.wait(180) == 0
        assert not emulator.link.is_symlink()
    finally:
        emulator.__exit__(None, None, None)


@pytest.mark.parametrize("wrong", ["script", "link"])
def test_wrong_use_of_the_emulator_is_one_line(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "occupied").write_text("a file")
    link = "occupied" if wrong == "link" else "reader"
    script = ["--script", str(tmp_path / "missing")] if wrong == "script" else []
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "pn532", "--link", str(tmp_path / link), *script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == (2 if wrong == "script" else 1)
    assert len(done.stderr.splitlines()) == 1
    assert "internal" not in done.stderr
