"""What gateway and platform hold, asked as an auditor asks: through the interface, and from the platform's own file."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import call
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.received import current
from zhendao.simulators.soak.books import EventId, Held

PAGE = 200


class Auditor:
    """Asks the gateway. Made by `hired`, once the gateway has a store."""

    def __init__(self, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._known: dict[int, Held] = {}

    @staticmethod
    async def hired(line: Line) -> "Auditor":
        """Return one with a token of her own."""
        words = ("token", "new", "--role", "auditor", "--config", line.settings, "--json")
        said = await call("zhendao-gateway token", command("zhendao-gateway", *words))
        return Auditor(line.http, json.loads(said)["token"])

    async def events(self) -> Sequence[Held]:
        """Return every event that the gateway holds. Raises `httpx.HTTPError` while it cannot say."""
        newest = max(self._known, default=0)
        async for item in self._items("events"):
            if item["id"] <= newest:
                break  # facts are never changed: the rest is known
            self._known[item["id"]] = _held(item)
        return tuple(self._known.values())

    async def complaints(self) -> list[Text]:
        """Return what the gateway itself finds wrong: gaps, findings, refused messages, records that went nowhere."""
        found = []
        async for item in self._items("terminals"):
            short = item["device"][:8]
            for what, zh in (("open_gaps", "缺口"), ("open_findings", "发现")):
                if item[what]:
                    found.append(
                        Text(f"{short}：{item[what]} 个{zh}", f"{short}: {item[what]} {what.replace('_', ' ')}")
                    )
        found += [
            Text(f"隔离的消息：{item['zh']}", f"quarantined: {item['en']}") async for item in self._items("quarantine")
        ]
        return found

    async def _items(self, what: str) -> Any:
        before: dict[str, str] = {}
        async with httpx.AsyncClient(headers=self._headers, trust_env=False, timeout=20) as client:
            while True:
                answer = await client.get(f"{self._base}/api/v1/{what}", params={"limit": PAGE, **before})
                answer.raise_for_status()
                page = answer.json()
                for item in page["items"]:
                    yield item
                if page["next"] is None:
                    return
                before = {"before": page["next"]}


def _held(item: dict[str, Any]) -> Held:
    event = item["event"] or {}
    return _event(item["device"], item["epoch"], item["seq"], event)


def _event(device: str, epoch: str, seq: int, event: dict[str, Any]) -> Held:
    kind = str(event.get("kind"))
    target = (device, epoch, int(event["body"]["target"])) if kind == "undo" else None
    return Held((device, epoch, seq), kind, target)


def taken(file: Path) -> list[dict[str, Any]]:
    """Return what the platform has written to ``file``: one entry for each revision that it took."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines if line]


def delivered(entries: Iterable[dict[str, Any]]) -> list[Held]:
    """Return the events that the platform has, each as often as it has it."""
    events = [e["payload"] for e in entries if e["record_type"] == "event" and e["status"] == "accepted"]
    return [_event(e["device"], e["epoch"], e["seq"], e) for e in events]


def visited(entries: Iterable[dict[str, Any]]) -> Counter[EventId]:
    """Return in how many visits, as they stand at the platform, each check is."""
    found: Counter[EventId] = Counter()
    for record in current(entries).values():
        if record.get("state") != "withdrawn":
            sides = [record[side] for side in ("in", "out") if record.get(side)]
            found.update((record["device"], side["epoch"], side["seq"]) for side in sides)
    return found
