"""What the link tells the event loop. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Up:
    """The broker has let us in, and we listen to what comes down."""


@dataclass(frozen=True, slots=True)
class Down:
    """The link is gone, or could not be made. ``why`` is for people."""

    why: Text


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The broker has received message ``mid``: sent, not delivered."""

    mid: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message to this terminal."""

    message: bytes


LinkPosting = Up | Down | Confirmed | Received
