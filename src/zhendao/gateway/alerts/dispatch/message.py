"""What a message says: JSON for a seat's desk or an emergency number, one short text for a phone. Pure.

Promise: a drill is called 演练 before anything else, in every form. A text carries the least that is of use (what, who
by a masked name, when) and never an address, a door code or a card. docs/api.md, "Webhooks". rule: SOS, PIPL.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from zhendao.gateway.alerts.dispatch.audience import moment
from zhendao.gateway.alerts.dispatch.settings import FAMILY
from zhendao.gateway.alerts.dossier import Dossier
from zhendao.gateway.alerts.values import KIND_WORDS, Alert
from zhendao.gateway.registry.masking import mask

VERSION: Final = 1
DRILL: Final = "【演练】"
_LEVELS: Final = {"red": "红", "orange": "橙", "yellow": "黄", "green": "绿"}


def title(alert: Alert, name: str | None, care_level: str | None) -> str:
    """Return one line for people; ``name`` is shown as it is given."""
    who = name or alert.elder_id or f"终端 {alert.device.hex()[:8]}"
    level = f"（{_LEVELS[care_level]}）" if care_level in _LEVELS else ""
    words = [KIND_WORDS[alert.kind].zh, f"{who}{level}"]
    if alert.past:
        words.append("（迟到的旧信号）")
    if alert.mistake_ms is not None:
        words.append("（老人随后表示误按）")
    if alert.doubtful:
        words.append("（传感器不稳，存疑）")
    return (DRILL if alert.drill else "") + " ".join(words)


def as_json(message_id: str, dossier: Dossier, names: Sequence[str], audience: str, *, unmasked: bool) -> bytes:
    """Return the body for a webhook or an emergency number: UTF-8, keys in alphabetical order."""
    shown: dict[str, Any] = dossier.shown(unmasked=unmasked)
    elder = shown["elder"] or {}
    body = {
        "version": VERSION,
        "id": message_id,
        "drill": dossier.alert.drill,
        "title": title(dossier.alert, elder.get("name"), dossier.care_level),
        "to": {"audience": audience, "names": list(names)},
        **shown,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def as_text(alert: Alert, name: str | None, care_level: str | None, audience: str, utc_offset_min: int) -> str:
    """Return the text for a phone; ``name`` is the elder's, which is masked here."""
    said = title(alert, None if name is None else mask("name", name), care_level)
    at = moment(alert.last_ms, utc_offset_min)
    ask = "值班席位已收到通知，请设法联系老人。" if audience == FAMILY else f"请即处理，告警 {alert.id}。"
    text = f"{said}，{at}。{ask}"
    return f"{text}这是演练，无需处理。" if alert.drill else text
