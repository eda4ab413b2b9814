"""What several people kept of one log: one history, two, or too little to say; and what it dates."""

import re
from pathlib import Path

import pytest

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.loghead import LogHead
from zhendao.verifier.bundle import reasons
from zhendao.verifier.bundle.kept import entered, in_order
from zhendao.verifier.bundle.reasons import REASONS, why


def head(size: int, before: int = 0, *, name: str = "a", former: str = "a", tenant: str = "xuhui") -> LogHead:
    """Return a head of ``size`` entries in history ``name``, going on from ``before`` entries in ``former``."""
    return LogHead(1, tenant, size, root(size, name), size * 100, before, root(before, former) if before else bytes(32))


def root(size: int, name: str) -> bytes:
    return f"{name}{size}".encode().ljust(32, b".")


HISTORY = [head(10), head(20, 10), head(25, 20), head(40, 25)]


def test_in_whatever_order_and_however_often_they_are_told_it_is_one_history() -> None:
    assert in_order([HISTORY[2], HISTORY[0], HISTORY[3], HISTORY[1], HISTORY[0]]) == HISTORY
    assert in_order(HISTORY[1:3]) == HISTORY[1:3]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (head(20, 10, name="b"), "another root over as many entries"),
        (head(22, 20), "an hour that the others' heads pass over"),
        (head(30, 25), "a head that was dropped before the last one"),
        (head(50, 40, former="b"), "a head that goes on from another log"),
        (head(5, name="b"), "a beginning that the first head does not know"),
    ],
)
def test_two_histories_are_found_whoever_kept_which(other: LogHead, what: str) -> None:
    with pytest.raises(CryptoError) as found:
        in_order([*HISTORY, other])
    assert found.value.reason == "log-forked", what


def test_what_is_missing_in_between_is_asked_for_and_not_guessed() -> None:
    with pytest.raises(CryptoError) as found:
        in_order([HISTORY[0], HISTORY[3]])
    assert found.value.reason == "log-gap"
    assert "heads?after=10" in found.value.detail
    with pytest.raises(CryptoError) as found:
        in_order([HISTORY[0], head(20, 10, tenant="hongkou")])
    assert found.value.reason == "tenant"


def test_an_entry_came_between_the_last_head_without_it_and_the_first_one_with_it() -> None:
    assert entered(HISTORY, 3) == (None, 1_000)
    assert entered(HISTORY, 10) == (1_000, 2_000)
    assert entered(HISTORY, 24) == (2_000, 2_500)
    assert entered(HISTORY, 99) == (4_000, None)


def test_every_reason_that_is_found_here_is_told_in_chinese() -> None:
    folder = Path(reasons.__file__).parent
    raised = re.compile(r'(?:CryptoError|MalformedError|CertificateError|ProtocolError)\(\s*"([a-z-]+)"')
    found = {word for path in folder.glob("*.py") for word in raised.findall(path.read_text("utf-8"))}
    assert len(found) > 15
    assert found - set(REASONS) == {"json"}
    told = why(CryptoError("log-gap", "10 to 20"))
    assert (told.zh, told.en) == ("缺少其间的日志头（10 to 20）", "10 to 20")
    assert why(CryptoError("certificate-name", "x")).zh == "不是有效的证书（x）"


def test_a_head_behind_another_is_no_older_whatever_it_says() -> None:
    late = LogHead(1, "xuhui", 20, root(20, "a"), 5_000, 10, root(10, "a"))
    assert entered([HISTORY[0], late, HISTORY[2]], 22) == (5_000, 5_000)
