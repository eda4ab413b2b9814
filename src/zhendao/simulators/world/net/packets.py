"""The packets of MQTT 3.1.1 that the line uses, as values."""

from __future__ import annotations

from typing import NamedTuple


class Connect(NamedTuple):
    """A client asks to be let in. ``will`` (topic and payload) is published, retained, if it ends without a word."""

    client: str
    clean: bool
    keepalive_ns: int
    will: tuple[str, bytes] | None = None


class ConnAck(NamedTuple):
    """The broker's answer: 0 lets in, 3 is "unavailable", 5 "not authorized"."""

    code: int = 0


class Publish(NamedTuple):
    """A message; ``mid`` is 0 with QoS 0."""

    topic: str
    payload: bytes
    qos: int = 0
    mid: int = 0
    retain: bool = False
    dup: bool = False


class PubAck(NamedTuple):
    """The receipt for message ``mid``."""

    mid: int


class Subscribe(NamedTuple):
    """A client wants what these filters match, at most with the QoS beside each."""

    mid: int
    filters: tuple[tuple[str, int], ...]


class SubAck(NamedTuple):
    """It will get it."""

    mid: int


class Unsubscribe(NamedTuple):
    """A client does not want it any more."""

    mid: int
    filter: str


class Disconnect(NamedTuple):
    """A client leaves in order: its will is not published."""


UNAVAILABLE = 3
NOT_ALLOWED = 5
