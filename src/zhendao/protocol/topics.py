"""MQTT topics with shards (docs/protocol.md section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.limits import TENANT

Channel = Literal["up", "sos", "state", "ask", "down"]

_CHANNELS: dict[str, Channel] = {"up": "up", "sos": "sos", "state": "state", "ask": "ask", "down": "down"}
_TOPIC = re.compile(rf"zd/1/({TENANT})/([0-9a-f]{{2}})/([0-9a-f]{{32}})/(up|sos|state|ask|down)")


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a message of one terminal goes."""

    tenant: str
    device: bytes
    channel: Channel

    def __str__(self) -> str:
        """Return the topic's name at the broker."""
        name = self.device.hex()
        return f"zd/1/{check_tenant(self.tenant)}/{name[:2]}/{name}/{self.channel}"


def check_tenant(tenant: str) -> str:
    """Return ``tenant`` if it may stand in a topic; raises `MalformedError`."""
    if re.fullmatch(TENANT, tenant) is None:
        raise MalformedError("tenant", "a tenant is 1…32 of a-z, 0-9 and -")
    return tenant


def parse_topic(name: str) -> Topic:
    """Return the topic that ``name`` is; `MalformedError` if it is none of ours, or its shard is not its device's."""
    match = _TOPIC.fullmatch(name)
    if match is None or match[2] != match[3][:2]:
        raise MalformedError("topic", "not a topic of this system")
    return Topic(match[1], bytes.fromhex(match[3]), _CHANNELS[match[4]])


def subscription(tenant: str, channel: Channel) -> str:
    """Return the filter that a gateway subscribes for all terminals of ``tenant``."""
    return f"zd/1/{check_tenant(tenant)}/+/+/{channel}"
