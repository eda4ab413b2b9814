"""What a UART makes of bytes that come at another rate: the garbage that a wrong baud rate really is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.gnss.uart import BAUDS, resampled

_BAUD = st.sampled_from(BAUDS)


@given(st.binary(max_size=200), _BAUD)
def test_the_same_rate_hears_what_was_sent(data: bytes, baud: int) -> None:
    assert resampled(data, baud, baud) == data


@given(st.binary(max_size=100), _BAUD, _BAUD)
def test_any_bytes_at_any_two_rates_end_as_bounded_bytes(data: bytes, sent: int, heard: int) -> None:
    assert len(resampled(data, sent, heard)) <= len(data) * 10 * max(1, -(-heard // sent))


@pytest.mark.parametrize(
    ("data", "sent", "heard", "expected"),
    [
        # Twice as fast a listener sees each bit twice: 00 11 00 11 00 11 00 11 00 11. It takes the second for its first
        # data bit, finds no stop bit, and begins anew at the next fall, behind which the line stays high.
        (b"\x55", 9600, 19200, bytes([0b01100110, 0b11100110])),
        # To a listener four times as slow, nine low bits are a start bit and a quarter more than one low bit.
        (b"\x00", 38400, 9600, bytes([0b11111110])),
    ],
)
def test_by_hand(data: bytes, sent: int, heard: int, expected: bytes) -> None:
    assert resampled(data, sent, heard) == expected


def test_a_sentence_is_never_understood_at_another_rate() -> None:
    line = b"$GNRMC,120000.00,A,3112.00000,N,12124.00000,E,0.0,,221126,,,A,V*00\r\n"
    for sent in BAUDS:
        for heard in BAUDS:
            assert (line in resampled(line, sent, heard)) == (sent == heard)
