"""Calls that a platform has already: there they can never be altered, so a time that was found anew goes beside them.

A check without a trusted time may be dated anew when its terminal learns the time. Promise: a call is told with the
time that it was first told with; where that is another one by now, the visit carries it as adjusted, with the process
that changed it. Pure.
"""

from collections.abc import Mapping
from typing import Final

from zhendao.gateway.formats.values import Dossier

PROCESS: Final = "clock"
"""Who changed it: no person."""
REASON: Final = "27"
"""The code of a fixed device that could not be used: it had no trusted time."""


def with_first_times(dossier: Dossier, first_ms: Mapping[str, int]) -> Dossier:
    """Return ``dossier`` with its calls as they were first told: by their ids, UTC ms."""
    plain, calls, changes = dict(dossier.plain), [], list(dossier.lists.get("changes", ()))
    for call in dossier.lists.get("calls", ()):
        told = first_ms.get(call["item.id"])
        if told is None or told == call["item.at"]:
            calls.append(call)
            continue
        calls.append({**call, "item.at": told})
        side = "begin" if call["item.direction"] == "in" else "end"
        if plain.get(f"visit.adjusted_{side}") is None:
            plain[f"visit.adjusted_{side}"] = call["item.at"]
        changes.append(
            {
                "item.number": plain["visit.revision"], "item.act": "dated", "item.by": PROCESS,
                "item.at": plain["visit.made"], "item.reason": "terminal_down", "item.code": REASON, "item.memo": None,
            }
        )  # fmt: skip
    if len(changes) == len(dossier.lists.get("changes", ())):
        return dossier
    return Dossier(plain, {**dossier.lists, "calls": tuple(calls), "changes": tuple(changes)})
