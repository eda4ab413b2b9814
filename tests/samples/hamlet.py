"""A small city of the simulator at a site's own store: its registry, its signed messages, and what a judge is given."""

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from samples.site import TENANT, Authority, Site
from zhendao.gateway.api.reading import EventReader
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.facts import events
from zhendao.protocol.suite import INTL
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city


class Sent(NamedTuple):
    """A message, and when the gateway has it (UTC ms)."""

    received_ms: int
    message: Message


def hamlet(
    folder: Path, seed: int, days: int, caregivers: int = 6, elders: int = 24, rates: Rates | None = None, **more: Any
) -> tuple[Site, list[Sent]]:
    """Return a site that knows the registry of a city, and all that its terminals send, in the order of arrival.

    ``more``: how the site is made.
    """
    city = folder / "city"
    write_city(Run(seed, Scale("hamlet", 2, caregivers, elders, 1), days, rates or Rates()), city, INTL)
    keyring = load_keyring(city / "batches/keys")
    authority = Authority()
    authority.trust, authority.wrap = keyring.trust, keyring.unwrapping_key
    (folder / "site").mkdir()
    site = Site(folder / "site", authority, **more)
    load(site.store, Book(site.key), city / "registry", zone=ZoneInfo("Asia/Shanghai"), tenant=TENANT)
    plain = [json.loads(line) for line in (city / "batches/messages.jsonl").read_text().splitlines()]
    return site, [Sent(one["received_ms"], Message(one["topic"], base64.b64decode(one["payload"]))) for one in plain]


def facts_of(connection: Connection, site: Site) -> list[Fact]:
    """Return what the store holds, as facts for a judge."""
    reader = EventReader(connection, site.key)
    opened = ((reader.open(row), row) for row in connection.execute(select(events).order_by(events.c.id)))
    return [fact_of(event, row.received_ms, h=row.h) for event, row in opened if event is not None]
