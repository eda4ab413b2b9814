"""Every sealed column of a gateway's store: of which purpose its data key is, and what each field is bound to.

Promise: declared here once; the gateway's code binds by these functions, keys are rotated along this list, and the
escrow opens by it. A column that is sealed and not here would be lost at a rotation: a test looks for that.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zhendao.command.roster.sheets import SHEETS, Sheet
from zhendao.protocol import cbor

Row = Mapping[str, Any]
PURPOSES: Final = ("facts", "registry", "cases", "findings", "alerts", "cards", "outbox", "blocklist")
"""Data keys are of one purpose each."""
LOOK_UP: Final = "look-up"
"""The key of keyed hashes by which people are found; it seals nothing."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed column: ``key`` is its table's primary key, ``needs`` what its binding is made of.

    ``former``: what fields without a header, of before there were data keys, are bound to.
    """

    table: str
    column: str
    purpose: str
    key: tuple[str, ...]
    needs: tuple[str, ...]
    bound_to: Callable[[Row], bytes]
    former: Callable[[Row], bytes]


def of_start(device: bytes, epoch: bytes, start: int) -> bytes:
    """Bind the keys of a terminal's start."""
    return cbor.encode(["start", device, epoch, start])


def of_owed(record_type: str, key: str, revision: int) -> bytes:
    """Bind what a record of the outbox says: a JSON array with a blank after each comma."""
    return f'["outbox", {_quoted(record_type)}, {_quoted(key)}, {revision}]'.encode()


def of_case_act(number: int, at_ms: int, act: str) -> bytes:
    """Bind what was said in an act of a case."""
    return b"case/%d/%d/" % (number, at_ms) + act.encode()


def of_alert_act(alert_id: int, at_ms: int, act: str) -> bytes:
    """Bind what was said in an act of an alert."""
    return b"alert/%d/%d/" % (alert_id, at_ms) + act.encode()


def of_correction(number: int) -> bytes:
    """Bind the document of a correction, which is signed itself."""
    return b"correction/%d" % number


def of_unlock(visit_id: bytes) -> bytes:
    """Bind why a visit was unlocked."""
    return b"unlock/" + visit_id


def of_tasks(visit_id: bytes) -> bytes:
    """Bind the tasks of a visit, which are signed themselves."""
    return b"tasks/" + visit_id


def of_finding(name: bytes) -> bytes:
    """Bind what a finding says; ``name``: its id."""
    return b"anomaly/" + name


def of_message(message_id: str, column: str) -> bytes:
    """Bind a column of a message of an alert."""
    return f"alert-send/{message_id}/{column}".encode()


def of_card(tag: bytes) -> bytes:
    """Bind a card's number to the keyed hash by which it is found."""
    return b"uid/" + tag


def of_entry(added_ms: int, number: bytes | None, person: str | None, column: str) -> bytes:
    """Bind what was said when somebody was blocked, or that was ended."""
    return f"blocklist/{added_ms}/{(number or b'').hex()}/{person or ''}/{column}".encode()


def of_hold(what: str, key: str) -> bytes:
    """Bind why something is held."""
    return f"hold/{what}/{key}".encode()


def of_registration(sheet: Sheet, row: Row) -> bytes:
    """Bind what is personal in a row of the registry; ``row`` as in the store, or with ``valid_from``."""
    begins = row["from_ms"] if "from_ms" in row else row["valid_from"]
    said = [part.hex() if isinstance(part, bytes) else part for part in (*(row[name] for name in sheet.key), begins)]
    return json.dumps(["registry", sheet.name, *said]).encode()


def _quoted(text: str) -> str:
    # Keys are hex and slashes nearly always; the standard library writes them the same way, ten times as slowly.
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else json.dumps(text)


def _column(
    name: str, purpose: str, needs: tuple[str, ...], bound_to: Callable[..., bytes],
    former: Callable[..., bytes] | None = None, key: str = "id",
) -> SealedColumn:  # fmt: skip
    table, _, column = name.partition(".")

    def calling(function: Callable[..., bytes]) -> Callable[[Row], bytes]:
        return lambda row: function(*(row[one] for one in needs))

    return SealedColumn(table, column, purpose, (key,), needs, calling(bound_to), calling(former or bound_to))


def _registration(sheet: Sheet) -> SealedColumn:
    def bound_to(row: Row) -> bytes:
        return of_registration(sheet, row)

    needs = (*sheet.key, "from_ms")
    return SealedColumn(f"registry_{sheet.name}", "personal", "registry", ("id",), needs, bound_to, bound_to)


def _message(column: str) -> SealedColumn:
    return _column(
        f"alert_sends.{column}", "alerts", ("message_id",), lambda one: of_message(one, column),
        lambda one: f"alert-send/{one}".encode(),
    )  # fmt: skip


def _entry(column: str) -> SealedColumn:
    return _column(
        f"blocklist_entries.{column}", "blocklist", ("added_ms", "number", "person"),
        lambda added, number, person: of_entry(added, number, person, column), lambda *_: b"blocklist entry",
    )  # fmt: skip


def _card(name: str, key: str = "id") -> SealedColumn:
    return _column(name, "cards", ("tag",), of_card, lambda _: b"uid", key)


COLUMNS: Final = (
    _column("starts.keys", "facts", ("device", "epoch", "start"), of_start),
    *(_registration(sheet) for sheet in SHEETS if sheet.personal),
    _column("case_acts.said", "cases", ("number", "at_ms", "act"), of_case_act, lambda number, *_: b"case/%d" % number),
    _column("correction_acts.document", "cases", ("number",), of_correction),
    _column("unlocks.why", "cases", ("visit_id",), of_unlock),
    _column("visit_tasks.document", "cases", ("visit_id",), of_tasks),
    _column("legal_holds.why", "cases", ("what", "key"), of_hold),
    _column("anomalies.record", "findings", ("id",), of_finding),
    _column("anomaly_revisions.record", "findings", ("anomaly",), of_finding),
    _column("alert_acts.said", "alerts", ("alert_id", "at_ms", "act"), of_alert_act, lambda one, *_: b"alert/%d" % one),
    _message("names"),
    _message("recipient"),
    _card("card_readings.uid", "rowid"),
    _card("token_findings.uid"),
    _card("card_keys_given.uid"),
    _column("outbox.payload", "outbox", ("record_type", "key", "revision"), of_owed),
    _entry("said"),
    _entry("ended_said"),
)
"""All of them, by table."""
