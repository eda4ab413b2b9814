"""What every way has alike. Pure: a request as bytes, and what an answer means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from zhendao.gateway.outward.answers import Answer, Response
from zhendao.gateway.reminders.message import Form


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said. ``phone``: to whom; ``phones``: whom a group's message mentions, none where it mentions none.

    ``parts``: what its text was filled with, for a provider that has the text as a template of its own.
    """

    message_id: str
    title: str
    text: str
    phone: str = ""
    phones: tuple[str, ...] = ()
    parts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A POST."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Way(Protocol):
    """One way. ``once``: its receiver acts on an id once, so that what may have gone out can go out again.

    ``form``: how a group's message is written; None: it tells one person at a time.
    """

    @property
    def once(self) -> bool:
        """See above."""

    @property
    def form(self) -> Form | None:
        """See above."""

    def request(self, letter: Letter, at_ms: int) -> Request:
        """Return what is posted at ``at_ms`` (UTC ms)."""

    def read(self, response: Response) -> Answer:
        """Return what an answer means."""
