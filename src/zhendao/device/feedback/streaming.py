"""A running terminal tells as it happens: one JSON line for each moment and each change, to its own user and to root.

Promise: nobody who listens keeps the terminal waiting: a subscriber that does not read is ended after seconds, there
are a few at most, and what waits for each is bounded. A beat goes out every second, so that silence means something.
Lines: ``{"given": …}`` (`written`), ``{"gone": true}`` (what was private is over), ``{"facts": …}`` (`telling.facts`),
``{"beat": CLOCK_BOOTTIME ns}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from zhendao.device.care.speaking import address, may_hear
from zhendao.device.feedback.written import to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from zhendao.device.feedback.feed import Feed, Subscription

    Speak = Callable[[Callable[[], Mapping[str, Any]]], Coroutine[None, None, None]]

BEAT_S = 1.0
PATIENCE_S = 3.0
MOST_UNSENT = 65_536
_NOT_TOLD = frozenset({"counters", "notices", "kept", "people"})
_OF_NO_INTEREST = _NOT_TOLD | {"up_s", "clock"}
"""Facts that change all the time, or that nobody at the screen asks for."""


def stream_address(data_dir: Path) -> str:
    """Return the name of the socket that tells as it happens; it begins with a NUL."""
    return f"{address(data_dir)}/feed"


def beside(speak: Speak, data_dir: Path, feed: Feed) -> Speak:
    """Return what answers as ``speak`` does, and tells of ``feed`` as it happens."""

    async def both(facts: Callable[[], Mapping[str, Any]]) -> None:
        streaming = asyncio.create_task(stream(data_dir, facts, feed))
        try:
            await speak(facts)
        finally:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)

    return both


async def stream(data_dir: Path, facts: Callable[[], Mapping[str, Any]], feed: Feed) -> None:
    """Tell for ever. Raises OSError if the name is taken."""
    listeners: set[asyncio.WriteTransport] = set()

    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listeners.add(writer.transport)
        try:
            await _tell(writer, facts, feed)
        finally:
            listeners.discard(writer.transport)

    server = await asyncio.start_unix_server(tell, stream_address(data_dir))
    try:
        await asyncio.get_running_loop().create_future()
    finally:  # not `wait_closed`: it waits for listeners, and they for us
        server.close()
        for one in tuple(listeners):
            one.abort()


async def _tell(writer: asyncio.StreamWriter, facts: Callable[[], Mapping[str, Any]], feed: Feed) -> None:
    news = asyncio.Event()
    loop = asyncio.get_running_loop()
    subscription = None

    def awake() -> None:
        loop.call_soon_threadsafe(news.set)

    try:
        if may_hear(writer):
            subscription = feed.subscribe(awake)
        if subscription is not None:
            writer.transport.set_write_buffer_limits(high=MOST_UNSENT)
            await _follow(writer, facts, subscription, news)
    except (OSError, TimeoutError):
        pass  # gone, or it does not read
    finally:
        if subscription is not None:
            feed.leave(subscription)
        writer.transport.abort()


async def _follow(
    writer: asyncio.StreamWriter,
    facts: Callable[[], Mapping[str, Any]],
    subscription: Subscription,
    news: asyncio.Event,
) -> None:
    told: dict[str, Any] = {}
    while not (subscription.ended or subscription.behind):
        news.clear()
        now = dict(facts())
        lines: list[dict[str, Any]] = []
        if _interesting(now) != _interesting(told):
            lines.append({"facts": {name: one for name, one in now.items() if name not in _NOT_TOLD}})
            told = now
        if subscription.has_left():
            lines.append({"gone": True})
        lines += [{"given": to_plain(given)} for given in subscription.take()]
        lines.append({"beat": time.clock_gettime_ns(time.CLOCK_BOOTTIME)})
        writer.write(b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in lines))
        async with asyncio.timeout(PATIENCE_S):
            await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await news.wait()


def _interesting(facts: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: one for name, one in facts.items() if name not in _OF_NO_INTEREST}
    if "clock" in facts:
        clock = facts["clock"]
        found["clock"] = (clock["source"], (clock["wall_ms"] - clock["mono_ns"] // 1_000_000) // 200)
    return found
