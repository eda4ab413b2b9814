"""What the verifier says of a good batch, and of one that was touched at any byte."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.line import Line
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.certificates import Name
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.revocation import Reason, RevocationList, Revocations, Revoked, open_list, sign_list
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import SensorClass
from zhendao.verifier.cli import main
from zhendao.verifier.examination import examine

FROM, TO, NOW = 1_780_000_000, 1_880_000_000, 1_790_000_000


class Signed:
    """A terminal with a real chain, and three events of it."""

    def __init__(self, suite: Any) -> None:
        root_key, issuing_key, key = suite.new_signing_key(), suite.new_signing_key(), suite.new_signing_key()
        device = bytes.fromhex("5e" * 16)

        def made(role: str, name: str, spki: bytes, usage: Any, by: Any, above: Any) -> Any:
            return issue(Subject(Name("xuhui", role, name), spki, usage, FROM, TO), bytes(16), by, above)

        self.issuing_key = issuing_key
        self.root = made("root", "root", root_key.spki, "certify", root_key, None)
        self.issuing = made("issuing", "issuing", issuing_key.spki, "certify", root_key, self.root)
        self.terminal = made("terminal", device.hex(), key.spki, "sign", issuing_key, self.issuing)
        gateway = suite.new_unwrapping_key()
        recipients = [suite.wrapping_key(gateway.spki)]
        self.line = Line(suite, recipients, device=device, key=key, certificate_id=self.terminal.id)
        self.line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0))
        self.line.add(Sensor("door", SensorClass.DOOR_CONTACT, 0, 0), sign=False)
        self.trust = TrustStore([self.root.der], [self.issuing.der])
        self.batch = replace(self.line.batch(1, 3), certificate=self.terminal.der)


@pytest.fixture(scope="module", params=[SM, INTL], ids=["sm", "intl"])
def signed(request: pytest.FixtureRequest) -> Signed:
    return Signed(request.param)


def test_a_good_batch_holds_in_every_step(signed: Signed) -> None:
    found = examine(encode_batch(signed.batch), signed.trust, None, NOW)
    assert found.holds
    assert [one.step for one in found.findings] == ["form", "certificate", "signature", "own-signatures", "beginning"]
    later = examine(encode_batch(signed.line.batch(2, 2)), signed.trust, signed.terminal.der, NOW)
    assert later.holds
    assert "comes after 1 event;" in later.findings[-1].text.en


def test_a_batch_changed_at_any_byte_fails_with_the_step_named(signed: Signed) -> None:
    encoded = encode_batch(signed.batch)
    for place in range(0, len(encoded), 3):
        changed = bytearray(encoded)
        changed[place] ^= 1 << (place % 8)
        found = examine(bytes(changed), signed.trust, None, NOW)
        assert not found.holds
        assert found.findings[-1].text.zh


def test_another_root_an_expired_time_and_a_missing_certificate_are_told_apart(signed: Signed) -> None:
    other = Signed(signed.line.suite)
    encoded = encode_batch(signed.batch)
    for trust, certificate, data, at_s in (
        (other.trust, None, encoded, NOW),
        (signed.trust, None, encoded, TO + 1),
        (signed.trust, None, encode_batch(signed.line.batch(1, 3)), NOW),
        (signed.trust, other.terminal.der, encode_batch(signed.line.batch(1, 3)), NOW),
    ):
        found = examine(data, trust, certificate, at_s)
        assert [one.step for one in found.findings if not one.holds] == ["certificate"]


def test_a_chain_that_does_not_begin_where_it_says_is_seen(signed: Signed) -> None:
    line = Line(
        signed.line.suite,
        signed.line.recipients,
        device=signed.line.device,
        key=signed.line.key,
        certificate_id=signed.terminal.id,
    )
    line.heads[0] = bytes(32)
    line.items.clear()
    line.events.clear()
    line.heads = [bytes(32)]
    line.start()
    found = examine(encode_batch(line.batch(1, 1)), signed.trust, signed.terminal.der, NOW)
    assert [one.step for one in found.findings if not one.holds] == ["beginning"]


def test_the_command_says_it_in_both_languages_and_by_exit_code(
    signed: Signed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from asn1crypto import pem  # noqa: PLC0415 - for this test only

    (tmp_path / "root.crt").write_bytes(pem.armor("CERTIFICATE", signed.root.der))
    (tmp_path / "issuing.crt").write_bytes(signed.issuing.der)
    (tmp_path / "batch").write_bytes(encode_batch(signed.batch))
    trust = ["--root", str(tmp_path / "root.crt"), "--issuing", str(tmp_path / "issuing.crt")]
    at = ["--at", "2026-09-21T14:00:00Z"]
    assert main(["batch", str(tmp_path / "batch"), *trust, *at, "--lang", "zh"]) == 0
    assert "签名有效" in capsys.readouterr().out
    assert main(["batch", str(tmp_path / "batch"), *trust, *at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    (tmp_path / "batch").write_bytes(b"junk")
    assert main(["batch", str(tmp_path / "batch"), *trust, *at, "--lang", "en"]) == 1
    assert "not a batch: " in capsys.readouterr().out
    assert main(["batch", str(tmp_path / "absent"), *trust]) == 2
    wrong = ["--root", str(tmp_path / "batch"), "--issuing", str(tmp_path / "issuing.crt")]
    capsys.readouterr()
    assert main(["batch", str(tmp_path / "batch"), *wrong, "--lang", "en"]) == 2
    assert capsys.readouterr().err.startswith(f"cannot read {tmp_path / 'batch'}: ")
    assert main(["batch", str(tmp_path / "batch"), *trust, "--at", "yesterday"]) == 2


def test_a_revocation_has_a_moment(signed: Signed, tmp_path: Path) -> None:
    """What was signed before is evidence as ever; what was signed after is none."""
    batch = encode_batch(signed.batch)
    key = signed.issuing_key
    entries = (Revoked(signed.terminal.id, NOW, Reason.STOLEN),)
    data = sign_list(RevocationList(signed.issuing, 1, NOW, entries), key)
    revoked = Revocations(signed.trust, [signed.issuing], [open_list(data)])
    assert examine(batch, signed.trust, None, NOW - 1, revoked).holds
    after = examine(batch, signed.trust, None, NOW, revoked)
    assert [one.step for one in after.findings if not one.holds] == ["certificate"]
    assert "stolen" in after.findings[-1].text.en
    files = {"root": signed.root.der, "issuing": signed.issuing.der, "list": data, "batch": batch}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    words = ["batch", str(tmp_path / "batch"), "--root", str(tmp_path / "root"), "--issuing", str(tmp_path / "issuing")]
    moments = {"2026-09-21T14:13:19+00:00": 0, "2026-09-21T14:13:20+00:00": 1}  # NOW - 1, NOW
    for at, code in moments.items():
        assert main([*words, "--revoked", str(tmp_path / "list"), "--at", at, "--json"]) == code
    (tmp_path / "list").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert main([*words, "--revoked", str(tmp_path / "list"), "--json"]) == 2  # an unreadable file is wrong use
