"""Refused messages are told in sentences, and a flood of them in one line."""

import pytest

from zhendao.gateway.ingest.reasons import QUIET_NS, Telling, sentence


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("certificate-chain", "an unknown terminal"),
        ("certificate-role", "of no use"),
        ("signature", "does not hold"),
        ("malformed-length", "not a message"),
        ("companion-signature", "boot event"),
        ("never-heard-of", "cannot be believed"),
    ],
)
def test_every_reason_has_its_sentence(reason: str, part: str) -> None:
    assert part in sentence(reason).en
    assert sentence(reason).zh


def test_a_reason_is_told_once_in_ten_minutes_and_a_passing_one_never() -> None:
    telling = Telling()
    (line,) = telling.news(["certificate-chain", "certificate-chain", "boot-unknown"], 5)
    assert line.startswith("a message was refused (certificate-chain): no certificate of this authority")
    assert telling.news(["certificate-chain"], 5 + QUIET_NS - 1) == []
    assert len(telling.news(["certificate-chain", "signature"], 5 + QUIET_NS)) == 2


def test_random_bytes_of_any_kind_are_one_line() -> None:
    assert len(Telling().news([f"malformed-{kind}" for kind in ("length", "key", "type")], 1)) == 1
