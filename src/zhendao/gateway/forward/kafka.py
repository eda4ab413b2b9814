"""The way into a Kafka topic: each record is one message under its own key, settled by every replica in sync.

Promise: messages of one record stay in one partition, in order. After a start and after each failure the ends of all
partitions are read for keys that arrived without an answer, so a record comes twice only where others have written more
than `TAIL` messages to its partition meanwhile; each message carries its idempotency key for whoever must be sure.
"""

import asyncio
import logging
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.forms import as_json_lines
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.settings import destination_of

TIMEOUT_S: Final = 30.0
TAIL: Final = 2_000
"""So many messages at the end of each partition are looked at: what had no answer was at most 500."""
ID: Final = "idempotency-key"
_CLOSING_S: Final = 1.0
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the worker tells of an outage, and once


class Kafka:
    """The topic behind ``url`` (``kafkas://host:9093/TOPIC``; plain ``kafka://`` to loopback only)."""

    def __init__(self, url: str, *, ca: Path | None = None, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        self._destination = destination_of(url)
        self._topic = parts.path.strip("/")
        self._timeout_s = timeout_s
        self._how: dict[str, Any] = {"bootstrap_servers": parts.netloc, "request_timeout_ms": int(timeout_s * 1000)}
        if parts.scheme == "kafkas":
            context = ssl.create_default_context(cafile=None if ca is None else str(ca))
            self._how |= {"security_protocol": "SSL", "ssl_context": context}
        self._producer: AIOKafkaProducer | None = None
        self._arrived: dict[str, str] = {}

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._destination

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Write ``batch``; each message has its own id, so ``key`` is not needed. See `connector.Connector`."""
        del key
        try:
            async with asyncio.timeout(self._timeout_s):
                producer = await self._opened()
                ends = await asyncio.gather(*(self._write(producer, one) for one in batch))
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise LinkError(f"{type(error).__name__} {error}".strip()) from error
        except asyncio.CancelledError:
            await self.close()
            raise
        names = [one.record.idempotency_key for one in batch]
        answers = {name: end for name, end in zip(names, ends, strict=True) if isinstance(end, Answer)}
        failures = [end for end in ends if not isinstance(end, Answer)]
        if failures:
            await self.close()
        if not answers:
            raise LinkError(f"{type(failures[0]).__name__} {failures[0]}".strip()) from failures[0]
        return answers

    async def close(self) -> None:
        """Let go of the connections; what has no answer is looked for before it is written again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stopped(producer)

    async def _write(self, producer: AIOKafkaProducer, letter: Letter) -> Answer | Exception:
        """Return the answer to one record, or what came instead of one."""
        record = letter.record
        name = record.idempotency_key
        if name in self._arrived:
            return Answer(Verdict.TAKEN, "duplicate", receipt=self._arrived[name])
        try:
            told = await producer.send_and_wait(
                self._topic,
                as_json_lines([letter]).rstrip(),
                key=f"{record.record_type}/{record.key}".encode(),
                headers=[(ID, name.encode())],
            )
        except MessageSizeTooLargeError as error:
            return Answer(Verdict.REFUSED, "413", str(error))
        except (KafkaError, OSError) as error:
            return error
        return Answer(Verdict.TAKEN, "accepted", receipt=f"{told.topic}/{told.partition}/{told.offset}")

    async def _opened(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(**self._how, acks="all", enable_idempotence=True, client_id="zhendao-gateway")
            try:
                await producer.start()
                # Nothing of a producer before this one can arrive any more: its connections are closed.
                self._arrived = await self._tail()
            except BaseException:
                await _stopped(producer)
                raise
            self._producer = producer
        return self._producer

    async def _tail(self) -> dict[str, str]:
        """Return the keys at the ends of the topic's partitions, each with its place."""
        consumer = AIOKafkaConsumer(self._topic, **self._how, auto_offset_reset="earliest", enable_auto_commit=False)
        found: dict[str, str] = {}
        try:
            await consumer.start()
            partitions = [TopicPartition(self._topic, one) for one in consumer.partitions_for_topic(self._topic) or ()]
            ends = await consumer.end_offsets(partitions)
            begins = await consumer.beginning_offsets(partitions)
            left = {}
            for one, end in ends.items():
                consumer.seek(one, max(begins[one], end - TAIL))
                if begins[one] < end:
                    left[one] = end
            while left:
                for one, messages in (await consumer.getmany(timeout_ms=200)).items():
                    for message in messages:
                        names = [value.decode("utf-8", "replace") for name, value in message.headers if name == ID]
                        found |= dict.fromkeys(names, f"{self._topic}/{one.partition}/{message.offset}")
                for one in list(left):
                    if await consumer.position(one) >= left[one]:
                        del left[one]
        finally:
            await _stopped(consumer)
        return found


async def _stopped(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    with suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_CLOSING_S):
            await client.stop()
