"""The way into a NATS JetStream: each record is one message, and is settled by the stream's own acknowledgement.

Promise: a record is in the stream once. Its key is the message's id, which the server remembers for as long as the
stream's window of duplicates lasts; what may have arrived longer ago (after a failure, and at first after a start) is
looked for as the last message of its subject before it is published. Plain ``nats://`` only to loopback.
"""

import asyncio
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote, urlsplit

from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.forms import as_json_lines
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.settings import destination_of

T = TypeVar("T")
TIMEOUT_S: Final = 15.0
MESSAGE_ID: Final = "Nats-Msg-Id"
_TOO_LONG: Final = 10_054
"""The server's number for a message that its stream never takes."""
_DOUBTED: Final = 2_000
"""So many records are looked for after a start: what had no answer was among the oldest 500 that were owed."""


@dataclass(slots=True)
class _Doubts:
    """Which records may be in the stream already: any at first, then those whose answer did not come."""

    first: int = _DOUBTED
    keys: set[str] = field(default_factory=set)

    def about(self, key: str) -> bool:
        return self.first > 0 or key in self.keys

    def settle(self, key: str) -> None:
        self.first = max(0, self.first - 1)
        self.keys.discard(key)


class JetStream:
    """The stream behind ``url`` (``tls://host:4222/PREFIX``): a record goes to ``PREFIX.type.key``."""

    def __init__(
        self, url: str, *, token: str | None = None, ca: Path | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        parts = urlsplit(url)
        self._destination = destination_of(url)
        self._server = f"{'tls' if parts.scheme == 'tls' else 'nats'}://{parts.netloc}"
        self._prefix = prefix_of(url)
        self._token, self._timeout_s = token, timeout_s
        self._tls = (
            ssl.create_default_context(cafile=None if ca is None else str(ca)) if parts.scheme == "tls" else None
        )
        self._client: Client | None = None
        self._gone: asyncio.Future[None]
        self._stream = ""
        self._doubts = _Doubts()

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._destination

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Publish ``batch``; each message has its own id, so ``key`` is not needed. See `connector.Connector`."""
        del key
        try:
            async with asyncio.timeout(self._timeout_s):
                jetstream = (await self._opened()).jetstream(timeout=self._timeout_s)
                if not self._stream:
                    self._stream = await jetstream.find_stream_name_by_subject(self._subject(batch[0]))
        except NotFoundError as error:
            raise LinkError(f"no stream takes {self._prefix}.>") from error
        except (Error, OSError, TimeoutError) as error:
            await self.close()
            raise LinkError(f"{type(error).__name__} {error}".strip()) from error
        ends = await asyncio.gather(*(self._publish(jetstream, one) for one in batch))
        answers: dict[str, Answer] = {}
        failures: list[Exception] = []
        for letter, end in zip(batch, ends, strict=True):
            name = letter.record.idempotency_key
            if isinstance(end, Answer):
                self._doubts.settle(name)
                answers[name] = end
            else:
                self._doubts.keys.add(name)
                failures.append(end)
        if failures:
            await self.close()
        if not answers:
            raise LinkError(f"{type(failures[0]).__name__} {failures[0]}".strip()) from failures[0]
        return answers

    async def close(self) -> None:
        """End the connection."""
        client, self._client, self._stream = self._client, None, ""
        if client is not None:
            with suppress(Error, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await client.close()

    def _subject(self, letter: Letter) -> str:
        return f"{self._prefix}.{_token(letter.record.record_type)}.{_token(letter.record.key)}"

    async def _publish(self, jetstream: JetStreamContext, letter: Letter) -> Answer | Exception:
        """Return the answer to one record, or what came instead of one."""
        name, subject = letter.record.idempotency_key, self._subject(letter)
        try:
            if self._doubts.about(name) and (known := await self._last(jetstream, subject, name)) is not None:
                return known
            # A failure from here on leaves it open whether it arrived; one before does not, and is doubted for nothing.
            content = as_json_lines([letter]).rstrip()
            ack = await self._asked(jetstream.publish(subject, content, headers={MESSAGE_ID: name}))
        except MaxPayloadError as error:
            return Answer(Verdict.REFUSED, "413", str(error))
        except APIError as error:
            # What the stream says of its own state may be over soon; of the message's size it says it for good.
            return Answer(Verdict.REFUSED, "413", str(error.description)) if error.err_code == _TOO_LONG else error
        except (NoStreamResponseError, Error, OSError, TimeoutError, ValueError) as error:
            return error
        return Answer(Verdict.TAKEN, "duplicate" if ack.duplicate else "accepted", receipt=_receipt(ack))

    async def _asked(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for an answer, but no longer than there is a connection: the client itself would wait its whole time."""
        task = asyncio.ensure_future(work)
        either: set[asyncio.Future[Any]] = {task, self._gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            task.cancel()
        raise ConnectionResetError("the connection ended")

    async def _last(self, jetstream: JetStreamContext, subject: str, name: str) -> Answer | None:
        """Return the answer for a record that is the last message of its subject already."""
        try:
            last = await self._asked(jetstream.get_last_msg(self._stream, subject))
        except NotFoundError:
            return None
        if (last.headers or {}).get(MESSAGE_ID) != name:
            return None
        return Answer(Verdict.TAKEN, "duplicate", receipt=f"{self._stream}/{last.seq}")

    async def _opened(self) -> Client:
        if self._client is None or self._client.is_closed:
            client, gone = Client(), asyncio.get_running_loop().create_future()

            async def ended() -> None:
                if not gone.done():
                    gone.set_result(None)

            try:
                await client.connect(
                    self._server,
                    name="zhendao-gateway",
                    allow_reconnect=False,  # when to try again is decided by the worker
                    connect_timeout=max(1, int(self._timeout_s)),
                    error_cb=_say_nothing,
                    disconnected_cb=ended,
                    closed_cb=ended,
                    tls=self._tls,
                    token=self._token,
                )
            except BaseException:
                with suppress(Exception):
                    await client.close()
                raise
            self._client, self._gone = client, gone
        return self._client


async def _say_nothing(_error: Exception) -> None:
    """Leave it to the worker to tell of an outage once."""


def _receipt(ack: PubAck) -> str:
    return f"{ack.stream}/{ack.seq}"


def prefix_of(url: str) -> str:
    """Return the beginning of the subjects: the path of ``url`` with dots for slashes."""
    return unquote(urlsplit(url).path).strip("/").replace("/", ".")


def _token(text: str) -> str:
    """Return ``text`` as one token of a subject: nothing in it parts tokens or stands for others."""
    return quote(text, safe="").replace(".", "%2E") or "%00"
