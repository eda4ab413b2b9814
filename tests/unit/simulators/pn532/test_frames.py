"""The frame codec: round trip at any split, garbage never hides a frame that follows, the buffer stays bounded."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.pn532.frames import (
    MAX_DATA,
    Ack,
    Decoder,
    Information,
    Nack,
    SyntaxErrorFrame,
)

DATA = st.binary(min_size=2, max_size=MAX_DATA)
FRAMES = st.one_of(st.builds(Information, DATA), st.just(Ack()), st.just(Nack()), st.just(SyntaxErrorFrame()))


def test_frames_are_those_of_the_user_manual() -> None:
    assert Information(b"\xd4\x02").to_bytes().hex() == "0000ff02fed4022a00"
    assert Information(b"\xd5\x03\x32\x01\x06\x07").to_bytes().hex() == "0000ff06fad50332010607e800"
    assert Ack().to_bytes().hex() == "0000ff00ff00"
    assert Nack().to_bytes().hex() == "0000ffff0000"
    assert SyntaxErrorFrame().to_bytes().hex() == "0000ff01ff7f8100"
    assert Information(bytes(265)).to_bytes()[:8].hex() == "0000ffffff0109f6"


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 50), max_size=20))
def test_frames_survive_any_split(frames: list[Information], cuts: list[int]) -> None:
    data = b"\x55\x55" + bytes(8) + b"".join(frame.to_bytes() for frame in frames)
    decoder, got = Decoder(), []
    for cut in cuts:
        got += decoder.feed(data[:cut])
        data = data[cut:]
    got += decoder.feed(data)
    assert got == frames
    assert decoder.dropped == 0


@given(st.binary(max_size=600), DATA)
def test_after_any_garbage_the_next_frames_are_found(garbage: bytes, data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(garbage)
    assert len(decoder._buffer) <= MAX_DATA + 10
    # A start code in the garbage may claim bytes of what follows, but never more than one longest frame.
    frame = Information(data)
    got = decoder.feed(bytes(MAX_DATA + 10) + frame.to_bytes())
    assert got[-1:] == [frame]


@given(DATA, st.data())
def test_a_flipped_bit_never_gives_another_frame(data: bytes, draw: st.DataObject) -> None:
    frame = bytearray(Information(data).to_bytes())
    bit = draw.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    assert all(got == Information(data) for got in Decoder().feed(bytes(frame)) if isinstance(got, Information))
