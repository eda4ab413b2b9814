"""Who is slowed down: an address, and of IPv6 the network that somebody has whole."""

import pytest

from zhendao.gateway.enrolment.rate import Rate, knocker

MINUTE_NS = 60 * 10**9


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_whoever_has_a_network_counts_once(host: str | None, counts_as: str) -> None:
    assert knocker(host) == counts_as


def test_looking_takes_nothing_and_time_gives_back() -> None:
    rate = Rate(2, 6)
    assert all(rate.has("a", 0) for _ in range(9))
    assert [rate.allows("a", 0) for _ in range(3)] == [True, True, False]
    assert not rate.has("a", MINUTE_NS // 7)
    assert rate.has("a", MINUTE_NS // 6)
    assert rate.has("b", 0)
