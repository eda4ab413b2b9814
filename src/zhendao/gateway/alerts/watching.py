"""`zhendao-gateway alerts watch`: a duty seat's screen: who waits, how long, who has it; with a bell while one waits.

Promise: a change is shown as soon as the gateway has committed it; a line that breaks is begun anew where it stopped,
and the screen says so meanwhile. In a pipe it is one line for each change, as JSON with ``--json``.
"""

import argparse
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.alerts import screen
from zhendao.gateway.alerts.client import AwayError, Client, client_of
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text

AGAIN_S: Final = 1.0
KEPT_MS: Final = 60_000
"""So long an alert stays on the screen after it was ended."""
_CLEAR: Final = "\x1b[H\x1b[2J"

News = tuple[int | None, dict[str, Any]] | ZhendaoError


def watch_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show alerts as they change, until interrupted."""
    client, news = client_of(arguments), queue.Queue[News]()
    threading.Thread(target=_listen, args=(client, arguments.seat, news), name="watch", daemon=True).start()
    if arguments.json or not sys.stdout.isatty():
        return _lines(news, language, as_json=arguments.json)
    return _screen(news, language, bell=not arguments.quiet)


def _listen(client: Client, seat: str, news: "queue.Queue[News]") -> None:
    """Put what the gateway streams into ``news``, and begin anew where the line broke. Runs in a thread."""
    since: int | None = None
    while True:
        try:
            for number, item in client.stream(seat, since):
                since = number if number is not None else since
                news.put((number, item))
        except AwayError as error:
            news.put(error)
        except ZhendaoError as error:
            news.put(error)
            return
        time.sleep(AGAIN_S)


def _lines(news: "queue.Queue[News]", language: Language, *, as_json: bool) -> int:
    told = ""
    while True:
        one = news.get()
        if isinstance(one, ZhendaoError):
            if not isinstance(one, AwayError):
                raise one
            if told != (told := one.explain(language)):  # it is tried each second; said once
                sys.stderr.write(told + "\n")
                sys.stderr.flush()
            continue
        told = ""
        if one[1] and as_json:
            emit_json(one[1])
        elif one[1]:
            line(screen.told(one[1], _now_ms(), language))


def _screen(news: "queue.Queue[News]", language: Language, *, bell: bool) -> int:
    held: dict[int, dict[str, Any]] = {}
    away: ZhendaoError | None = None
    rung_ms: int | None = None
    while True:
        one: News | None = None
        with suppress(queue.Empty):
            one = news.get(timeout=1.0)
        if isinstance(one, ZhendaoError):
            if not isinstance(one, AwayError):
                raise one
            away = one
        elif one is not None:
            away, item = None, one[1]  # an empty one says that the line is there (again)
            if item:
                rung_ms = None if item["id"] not in held and screen.waits(item) else rung_ms
                held[item["id"]] = item
        now_ms = _now_ms()
        held = {n: i for n, i in held.items() if i["closed_ms"] is None or now_ms - i["closed_ms"] < KEPT_MS}
        ring = bell and screen.rings(held.values(), rung_ms, now_ms)
        rung_ms = now_ms if ring else rung_ms
        _draw(held, now_ms, language, away, ring=ring)


def _draw(
    held: dict[int, dict[str, Any]], now_ms: int, language: Language, away: ZhendaoError | None, *, ring: bool
) -> None:
    waiting = sum(screen.waits(one) for one in held.values())
    sys.stdout.write(_CLEAR + ("\a" if ring else ""))
    if away is not None:
        line(away.explain(language))
    clock = time.strftime("%H:%M:%S")
    line(Text(f"{clock}  {waiting} 个告警无人接手", f"{clock}  {waiting} alerts that nobody has").in_(language))
    if held:
        table(screen.HEADERS.in_(language).split(","), screen.rows(held.values(), now_ms, language))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
