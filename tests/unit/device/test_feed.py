"""What is given goes to every subscriber, bounded, whatever they do; what is private is kept for nobody."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from zhendao.device.feedback.feed import MOST_SUBSCRIBERS, MOST_WAITING, Feed, Subscription
from zhendao.device.feedback.given import Attentive, Given
from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.feedback.several import Several
from zhendao.device.feedback.streaming import beside, stream_address
from zhendao.device.feedback.words import Digits, TimeOfDay
from zhendao.device.feedback.written import to_plain

PRIVATE = Given(Moment.TIMES_TODAY, 2, said=(TimeOfDay(542),))


def _ignored() -> None:
    """Be told that there is something."""


def _subscribed(feed: Feed) -> Any:
    found = feed.subscribe(_ignored)
    assert found is not None
    return found


def test_whoever_comes_later_gets_the_newest_of_each_in_order_and_nothing_private() -> None:
    feed = Feed()
    for at, moment in enumerate((Moment.READY, Moment.MAINS_LOST, Moment.TIMES_TODAY, Moment.READY)):
        feed.give(Given(moment, at))
    feed.give(PRIVATE)
    assert [(one.moment, one.mono_ns) for one in _subscribed(feed).take()] == [
        (Moment.MAINS_LOST, 1),
        (Moment.READY, 3),
    ]


def test_what_is_private_is_told_as_it_happens_and_not_once_the_card_has_left() -> None:
    feed = Feed()
    one = _subscribed(feed)
    feed.give(PRIVATE)
    assert one.take() == [PRIVATE]
    feed.give(PRIVATE)
    feed.give(Given(Moment.READY, 3))
    feed.left()
    assert [given.moment for given in one.take()] == [Moment.READY]
    assert (one.has_left(), one.has_left()) == (True, False)


def test_who_falls_behind_is_bounded_and_known() -> None:
    feed = Feed()
    slow, quick = _subscribed(feed), _subscribed(feed)
    for at in range(10_000):
        feed.give(Given(Moment.DOOR_SEEN, at))
        assert len(quick.take()) == 1
    assert slow.behind
    assert not quick.behind
    assert len(slow.take()) <= MOST_WAITING + len(TABLE)


def test_there_are_a_few_subscribers_at_most() -> None:
    feed = Feed()
    several = [_subscribed(feed) for _ in range(MOST_SUBSCRIBERS)]
    assert feed.subscribe(_ignored) is None
    feed.leave(several[0])
    assert feed.subscribe(_ignored) is not None
    feed.close()
    assert all(one.ended for one in several[1:])
    assert feed.subscribe(_ignored) is None


def test_a_subscriber_whose_loop_has_ended_harms_nobody() -> None:
    def broken() -> None:
        raise RuntimeError("Event loop is closed")

    feed = Feed()
    assert feed.subscribe(broken) is not None
    feed.give(Given(Moment.READY, 1))
    feed.close()


def test_several_pass_on_that_a_card_has_left() -> None:
    feed = Feed()
    one = _subscribed(feed)
    several = Several(_Deaf(), feed)
    assert isinstance(several, Attentive)
    several.left()
    assert one.has_left()


class _Deaf:
    def give(self, given: Given) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Hold nothing."""


def test_as_the_stream_carries_it() -> None:
    given = Given(Moment.CHECKED_IN, 9, b"\x01" * 16, 4, said=(TimeOfDay(542), Digits("123456")))
    assert to_plain(given) == {
        "moment": "checked-in",
        "mono_ns": 9,
        "fresh": True,
        "epoch": "01" * 16,
        "seq": 4,
        "said": [["9:02", "9:02"], ["123 456", "123 456"]],
    }


async def _silent(_facts: Any) -> None:
    await asyncio.get_running_loop().create_future()


def _facts() -> dict[str, Any]:
    return {"linked": True, "clock": {"source": "ntp", "wall_ms": 5, "mono_ns": 0}, "counters": {}, "notices": {}}


async def _lines(reader: asyncio.StreamReader, wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while not any(wanted in one for one in found):
        async with asyncio.timeout(20):
            found.append(json.loads(await reader.readline()))
    return found


async def test_the_stream_tells_facts_at_once_and_moments_as_they_come(tmp_path: Path) -> None:
    feed = Feed()
    speaking = asyncio.create_task(beside(_silent, tmp_path, feed)(_facts))
    reader, writer = await asyncio.open_unix_connection(sock=await _connected(tmp_path))
    first = await _lines(reader, "beat")
    assert first[0]["facts"]["linked"] is True
    assert "counters" not in first[0]["facts"]
    feed.give(Given(Moment.READY, 7))
    assert {"given": {"moment": "ready", "mono_ns": 7, "fresh": True}} in await _lines(reader, "given")
    feed.left()
    await _lines(reader, "gone")
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    async with asyncio.timeout(20):
        assert await reader.read() is not None  # to its end: a terminal that stops is noticed at once
    writer.close()


async def test_who_does_not_read_is_cut_off_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    feed, left = _Watched(), asyncio.Event()
    feed.on_leave = left.set
    given = Given(Moment.DOOR_SEEN, 1, said=(Digits("123456789012"),) * 16)

    async def flood() -> None:
        while True:
            for _ in range(40):
                feed.give(given)
            await asyncio.sleep(0)

    speaking = asyncio.create_task(beside(_silent, tmp_path, feed)(_facts))
    line = await _connected(tmp_path)
    flooding = asyncio.create_task(flood())
    async with asyncio.timeout(60):
        await left.wait()
    line.close()
    for one in (flooding, speaking):
        one.cancel()
    await asyncio.gather(flooding, speaking, return_exceptions=True)


class _Watched(Feed):
    on_leave = staticmethod(_ignored)

    def leave(self, subscription: Subscription) -> None:
        super().leave(subscription)
        self.on_leave()


async def _connected(folder: Path) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    async with asyncio.timeout(20):
        while line.connect_ex(stream_address(folder)):  # noqa: ASYNC110 - another task is about to listen
            await asyncio.sleep(0)
    return line
