"""Who is told of an alert at a step, and by which channels. Pure; rule: SOS, EDGE-NODES.

Promise: step 0 are the seats of the home's region, 1 every seat on duty, 2 the family, from 3 on the emergency number;
what a channel carries ``at_once`` it carries at step 0 too (the night watch). A drill goes to seats alone unless a
channel asks for drills; what is past goes to seats alone. Never is a channel used outside its kinds and hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from zhendao.command.roster.shifts import within
from zhendao.gateway.alerts.dispatch.settings import EMERGENCY, FAMILY, SEAT, ChannelTable
from zhendao.gateway.alerts.values import Alert

EVERY_SEAT, THE_FAMILY, THE_NUMBER = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told: seats, family, emergency number, each with the channels that reach them."""

    seats: tuple[ChannelTable, ...] = ()
    family: tuple[ChannelTable, ...] = ()
    number: tuple[ChannelTable, ...] = ()


def local_minute(at_ms: int, utc_offset_min: int) -> int:
    """Return the minute of the local day at ``at_ms`` (UTC ms)."""
    return (at_ms // 60_000 + utc_offset_min) % 1440


def audience(channels: Sequence[ChannelTable], alert: Alert, now_ms: int, utc_offset_min: int) -> Audience:
    """Return who is told of ``alert`` at its step now (UTC ms)."""
    minute = local_minute(now_ms, utc_offset_min)
    mine = [one for one in channels if alert.kind.value in one.wanted and within(minute, 0, None, one.hours)]
    return Audience(
        tuple(one for one in mine if one.audience == SEAT and (one.kind != "sms" or alert.step <= EVERY_SEAT)),
        tuple(one for one in mine if one.audience == FAMILY and _turn(one, alert, THE_FAMILY)),
        tuple(one for one in mine if one.audience == EMERGENCY and _turn(one, alert, THE_NUMBER)),
    )


def _turn(channel: ChannelTable, alert: Alert, step: int) -> bool:
    if (alert.drill and not channel.drills) or alert.past:
        return False
    if alert.step == 0:
        return alert.kind.value in channel.at_once
    return alert.step >= step


def moment(at_ms: int, utc_offset_min: int) -> str:
    """Return local ``YYYY-MM-DD HH:MM:SS`` of ``at_ms`` (UTC ms)."""
    return f"{datetime.fromtimestamp(at_ms / 1000 + utc_offset_min * 60, UTC):%Y-%m-%d %H:%M:%S}"
