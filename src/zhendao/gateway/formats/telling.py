"""From a visit and a mapping to what is sent: rows of columns, or trees. Pure.

Promise: the same visit and mapping give the same; a field that is required and has no value, is too long or has no
code is told by its name, and then nothing of that visit is sent: half a record is worse than none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from zhendao.gateway.formats.conversions import CannotSayError
from zhendao.gateway.formats.mapping import ONE, Condition, Field, Mapping
from zhendao.gateway.formats.sources import OWN
from zhendao.gateway.formats.values import Dossier, Values
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a field cannot be told."""

    name: str
    why: Text

    def __str__(self) -> str:
        return f"{self.name}: {self.why.en}"


@dataclass(slots=True)
class Told:
    """What was told of one visit or person; with ``faults`` it is not to be sent."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def wanted(mapping: Mapping, dossier: Dossier) -> bool:
    """Tell whether the format has this visit at all."""
    if dossier.plain.get("visit.withdrawn"):
        return mapping.withdrawn
    return all(_holds(one, _with_own(mapping, dossier.plain)) for one in mapping.send)


def tell(mapping: Mapping, dossier: Dossier, what: str = "visit") -> Told:
    """Return the rows of ``dossier`` in the words of ``mapping``; ``what``: visit, elder or caregiver."""
    told = Told()
    plain = _with_own(mapping, dossier.plain)
    fields = mapping.fields.get(what, ())
    if what == "visit" and mapping.each is not None:
        told.rows = [
            _row(mapping, fields, {**plain, **item}, dossier, told.faults) for item in dossier.lists[mapping.each]
        ]
    elif fields:
        told.rows = [_row(mapping, fields, plain, dossier, told.faults)]
    return told


def _with_own(mapping: Mapping, plain: Values) -> dict[str, Any]:
    return {**plain, **{OWN + name: value for name, value in mapping.own.items()}}


def _row(
    mapping: Mapping, fields: Iterable[Field], values: Values, dossier: Dossier, faults: list[Fault]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for one in fields:
        try:
            value = _value(mapping, one, values, dossier, faults)
        except CannotSayError as error:
            faults.append(Fault(one.name, error.why))
            continue
        except (ValueError, OverflowError, OSError) as error:
            faults.append(Fault(one.name, Text(f"无法转换（{error}）", f"cannot be converted ({error})")))
            continue
        if value is None and one.required and all(_holds(condition, values) for condition in one.when):
            faults.append(Fault(one.name, Text("必填，但没有值", "is required, and there is no value")))
        if mapping.shape == "rows":
            row[one.name] = _cell(value)
        elif value is not None:
            _put(row, one.name, value)
    return row


def _value(mapping: Mapping, one: Field, values: Values, dossier: Dossier, faults: list[Fault]) -> Any:
    if not all(_holds(condition, values) for condition in one.when):
        return None
    if one.each is not None:
        items = ({**values, **item} for item in dossier.lists.get(one.each, ()))
        chosen = [item for item in items if all(_holds(condition, item) for condition in one.only)]
        return [_row(mapping, one.fields, item, dossier, faults) for item in chosen] or None
    value = one.literal if one.source is None else values.get(one.source)
    for step in one.steps:
        if value is None or value == "":
            break
        value = step.conversion.function(value, step.words, mapping.around)
    if value is None or value == "":
        value = one.otherwise
    return _fitting(one, value)


def _fitting(one: Field, value: Any) -> Any:
    if one.most is None or not isinstance(value, str) or len(value) <= one.most:
        return value
    if one.cut:
        return value[: one.most]
    raise CannotSayError(
        Text(f"{len(value)} 个字符，至多 {one.most}", f"{len(value)} characters, {one.most} at most"),
    )


def _holds(condition: Condition, values: Values) -> bool:
    value = values.get(condition.source)
    if condition.words:
        said = ("true" if value else "false") if isinstance(value, bool) else str(value)
        found = said in condition.words
    else:
        found = bool(value) or (isinstance(value, int) and not isinstance(value, bool))
    return found is not condition.negated


def _cell(value: Any) -> str:
    """Return a value as one cell: no line break, no control character."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(c if c.isprintable() else " " for c in str(value))


def _put(row: dict[str, Any], name: str, value: Any) -> None:
    """Put ``value`` under a name with dots in it, into the objects that these name; ``[]``: the one of an array."""
    *outer, last = name.split(".")
    for word in outer:
        row = row.setdefault(word.removesuffix(ONE), [{}])[0] if word.endswith(ONE) else row.setdefault(word, {})
    row[last] = value
