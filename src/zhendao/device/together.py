"""Several parts on one loop: run until one is told to stop, or one of them fails; and one that can be done without."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from zhendao.device.notices import Notices
    from zhendao.device.ports import Speak


async def until(stop: asyncio.Event, parts: Iterable[Coroutine[None, None, None]]) -> None:
    """Run ``parts`` until ``stop`` is set or one of them ends; what one of them raised is raised."""
    tasks = [asyncio.create_task(one) for one in parts]
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
    for one in (*tasks, told):
        one.cancel()
    await asyncio.gather(*tasks, told, return_exceptions=True)
    for one in tasks:
        if one in done:
            one.result()


async def spoken(speak: Speak, facts: Callable[[], Mapping[str, Any]], notices: Notices) -> None:
    """Answer whoever asks how the terminal is, for ever; where that cannot be, say so once."""
    try:
        await speak(facts)
    except OSError as error:  # it can be done without
        notices.say("status", Text(f"无法提供状态查询：{error}", f"status cannot be asked: {error}"))
        await asyncio.get_running_loop().create_future()
