"""A moment as the stream carries it: plain values for JSON; the words that belong to it as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given


def to_plain(given: Given) -> dict[str, Any]:
    """Return ``given``; each word in both languages, as ``[zh, en]``."""
    found: dict[str, Any] = {"moment": given.moment.value, "mono_ns": given.mono_ns, "fresh": given.fresh}
    if given.epoch is not None and given.seq is not None:
        found |= {"epoch": given.epoch.hex(), "seq": given.seq}
    if given.said:
        found["said"] = [[word.text("zh"), word.text("en")] for word in given.said]
    return found
