"""Signed webhooks: what is altered, replayed late or signed by another is refused; OpenSSL alone checks one too."""

import json
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from asn1crypto import pem
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.site import NOW_MS, TENANT, Authority
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.webhook import CERTIFICATE, ID, MOMENT, SIGNATURE, WITHIN_MS, check_webhook, sign_webhook
from zhendao.verifier.cli import main

BODY = json.dumps({"kind": "sos", "text": "呼救"}).encode()
KEY = SM.new_signing_key()


@pytest.mark.parametrize("suite", [SM, INTL])
def test_what_was_signed_is_good_and_by_another_key_it_is_not(suite: Suite) -> None:
    key = suite.new_signing_key()
    headers = sign_webhook(key, bytes(32), "a-1", NOW_MS, BODY)
    shouted = {name.upper(): value for name, value in headers.items()}
    for given_headers in (headers, shouted):
        signed = check_webhook(suite.verifying_key(key.spki), given_headers, BODY, NOW_MS + 1)
        assert (signed.id, signed.at_ms) == ("a-1", NOW_MS)
    with pytest.raises(CryptoError):
        check_webhook(suite.verifying_key(suite.new_signing_key().spki), headers, BODY, NOW_MS)


@given(st.sampled_from([ID, MOMENT, SIGNATURE, "body"]), st.integers(0, 200), st.integers(1, 255))
@settings(max_examples=40)
def test_any_byte_that_is_altered_is_refused(part: str, place: int, by: int) -> None:
    headers = sign_webhook(KEY, bytes(32), "a-1", NOW_MS, BODY)
    body = BODY
    if part == "body":
        at = place % len(body)
        body = body[:at] + bytes([body[at] ^ by]) + body[at + 1 :]
    else:
        was = headers[part]
        at = place % len(was)
        headers[part] = was[:at] + chr(ord(was[at]) ^ by) + was[at + 1 :]
    with pytest.raises(ProtocolError):
        check_webhook(SM.verifying_key(KEY.spki), headers, body, NOW_MS)


@pytest.mark.parametrize("late_ms", [-WITHIN_MS - 1, WITHIN_MS + 1])
def test_what_was_signed_at_another_time_is_refused(late_ms: int) -> None:
    headers = sign_webhook(KEY, bytes(32), "a-1", NOW_MS, BODY)
    with pytest.raises(CryptoError, match="webhook-moment"):
        check_webhook(SM.verifying_key(KEY.spki), headers, BODY, NOW_MS + late_ms)


@pytest.mark.parametrize("missing", [ID, MOMENT, SIGNATURE])
def test_a_header_that_is_missing_is_refused(missing: str) -> None:
    headers = sign_webhook(KEY, bytes(32), "a-1", NOW_MS, BODY)
    del headers[missing]
    with pytest.raises(MalformedError):
        check_webhook(SM.verifying_key(KEY.spki), headers, BODY, NOW_MS)


def write(folder: Path, suite: Suite) -> tuple[list[str], dict[str, str]]:
    """Write a message as a receiver keeps it; return the words of the command that checks it, and its headers."""
    authority = Authority(suite)
    key = suite.new_signing_key()
    certificate = authority.gateway(key.spki)
    for name, one in (("root", authority.root), ("issuing", authority.issuing), ("gateway", certificate)):
        (folder / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", one.der))
    headers = sign_webhook(key, certificate.id, "a-1", NOW_MS, BODY)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    (folder / "headers.txt").write_text(f"POST /alerts HTTP/1.1\r\nHost: duty\r\n{lines}\r\n")
    (folder / "body.json").write_bytes(BODY)
    words = ["webhook", str(folder / "body.json"), "--headers", str(folder / "headers.txt"), "--lang", "en"]
    for name in ("gateway", "root", "issuing"):
        words += [f"--{name}", str(folder / f"{name}.crt")]
    return [*words, "--at", "2026-09-21T14:15:30+00:00"], headers


def test_the_command_checks_certificate_signature_and_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, headers = write(tmp_path, SM)
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "is of one" in said
    assert "a-1" in said
    (tmp_path / "body.json").write_bytes(BODY.replace(b"sos", b"sms"))
    assert main(words) == 1
    assert "not the signature" in capsys.readouterr().out
    (tmp_path / "body.json").write_bytes(BODY)
    words[-1] = "2026-09-21T15:15:30+00:00"
    assert main(words) == 1
    assert "s from now" in capsys.readouterr().out
    lines = (tmp_path / "headers.txt").read_text()
    (tmp_path / "headers.txt").write_text(lines.replace(headers[CERTIFICATE], "00" * 32))
    words[-1] = "2026-09-21T14:15:30+00:00"
    assert main(words) == 1
    assert "another certificate" in capsys.readouterr().out
    (tmp_path / "headers.txt").write_text(lines)
    words[words.index("--gateway") + 1] = str(tmp_path / "issuing.crt")  # an authority is no gateway
    assert main(words) == 1
    assert "✗" in capsys.readouterr().out
    assert TENANT not in said


def test_openssl_alone_checks_what_the_documentation_says(tmp_path: Path) -> None:
    """The lines are those of docs/api.md: three header lines and the body, SM2 with its default id."""
    _, headers = write(tmp_path, SM)
    (tmp_path / "signature.der").write_bytes(b64decode(headers[SIGNATURE].partition(" ")[2]))
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    lines = [line[4:] for line in page.splitlines() if line.startswith(("    { printf 'zd1/webhook", "    openssl "))]
    assert len(lines) == 3
    script = f"set -e\nID='{headers[ID]}'; TS='{headers[MOMENT]}'\n" + "\n".join(lines)
    good = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert good.stdout == "Verified OK\n", good.stderr
    bad = subprocess.run(
        ["sh", "-c", script.replace("'a-1'", "'a-2'")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert bad.returncode != 0
