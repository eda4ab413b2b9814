"""Alerts as they change, as server-sent events: first those that are open, then each change, as long as one watches.

Promise: a change is sent at once; whoever comes back with the number of the last one that it saw (``Last-Event-ID`` or
``since``) misses none. A line at least every 15 s shows that the way is open.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool

from zhendao.gateway.alerts.news import News
from zhendao.gateway.alerts.shapes import AlertItem

ALIVE_S: Final = 15.0
AT_ONCE: Final = 100

Changes = Sequence[tuple[int, AlertItem]]
"""Alerts, each with the number of its last change, in the order of those."""


async def streamed(
    news: News,
    begin: tuple[int, Changes],
    read: Callable[[int], Changes],
    shown: Callable[[Sequence[AlertItem]], None],
    may: Callable[[], bool],
) -> AsyncIterator[str]:
    """Give the events of one stream: what is shown at first, then all that changes after the number beside it.

    ``read`` gives at most `AT_ONCE` changes after a number; ``shown`` is told what was sent. It ends when ``may`` says
    that its token was revoked.
    """
    last, found = begin
    with news.listening() as changed:
        yield "event: begin\ndata: {}\n\n"
        while not news.closed:
            for number, item in found:
                yield f"id: {max(number, last)}\nevent: alert\ndata: {item.model_dump_json()}\n\n"
            if found:
                await run_in_threadpool(shown, [item for _, item in found])
            changed.clear()
            found = await run_in_threadpool(read, last)
            if not await run_in_threadpool(may):  # asked after the reading: what came after a revocation is not shown
                return
            if found:
                last = max(last, found[-1][0])
                continue
            try:
                await asyncio.wait_for(changed.wait(), ALIVE_S)
            except TimeoutError:
                yield ": here\n\n"
