"""The duty seat of the demo: a person who watches for alerts, and takes the one that comes, by the real commands."""

import asyncio
import json
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import bound_to_us, call, quiet_environment
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.errors import LateError
from zhendao.simulators.demo.script import DUTY, SEAT

_PATIENCE_S = 20.0
_MINUTES = 10
"""In so many minutes somebody is there."""


async def take_call(settings: Path) -> int:
    """Watch until an open alert is shown, and take it; return its number. Raises `LateError`, `ChildError`.

    ``settings``: those of the gateway.
    """
    words = command("zhendao-gateway", "alerts", "watch", "--seat", SEAT, "--json", "--config", settings)
    screen = await asyncio.create_subprocess_exec(
        *bound_to_us(), *words, stdout=asyncio.subprocess.PIPE, env=quiet_environment()
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            number = await _shown(screen)
    except TimeoutError:
        raise LateError(Text("值班席未见告警", "no alert at the duty seat"), _PATIENCE_S) from None
    finally:
        screen.terminate()
        await screen.wait()
    words = command("zhendao-gateway", "alerts", "ack", number, "--by", DUTY, "--minutes", _MINUTES)
    await call("zhendao-gateway alerts ack", (*words, "--config", str(settings)))
    return number


async def _shown(screen: asyncio.subprocess.Process) -> int:
    if screen.stdout is not None:
        async for line in screen.stdout:
            found = json.loads(line)
            if found.get("kind") == "sos" and found["acknowledged_ms"] is None:
                return int(found["id"])
    raise LateError(Text("值班席的屏幕已关", "the seat's screen has closed"), 0)
