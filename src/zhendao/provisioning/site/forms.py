"""The facts of surveys and self-tests, checked before anybody uses them: signed does not mean well-formed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.surveyed import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.statement import Statement

_MOST_PARTS: Final = 32
_MOST_WORDS: Final = 1000
OUTCOMES: Final = frozenset({"passed", "noted", "skipped", "failed"})


def check(found: Statement) -> Statement:
    """Return ``found`` if its facts have the form of their kind. Raises `MalformedError`."""
    facts = found.facts
    if not _whole(facts.get("made_ms")) or not _words(facts.get("device")):
        raise MalformedError(found.kind, "it does not say when it was made, or by whom")
    form = _FORMS.get(found.kind)
    if form is not None:
        form(facts)
    return found


def _survey(facts: dict[str, Any]) -> None:
    samples(facts)
    receiver = facts.get("receiver")
    said = receiver is None or (
        isinstance(receiver, dict) and _words(receiver.get("zh")) and _words(receiver.get("en"))
    )
    if not (said and _whole(facts.get("wanted")) and _words(facts.get("software"))):
        raise MalformedError("survey", "a field is missing, or not what it should be")


def _selftest(facts: dict[str, Any]) -> None:
    parts = facts.get("parts")
    if not isinstance(parts, list) or len(parts) > _MOST_PARTS or not all(_part(one) for one in parts):
        raise MalformedError("self-test", "its parts are not what they should be")


def _part(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and found.get("outcome") in OUTCOMES
        and _words(found.get("part"))
        and _words(found.get("code"))
        and _both(found.get("what"))
        and (found.get("cure") is None or _both(found.get("cure")))
    )


def _both(found: Any) -> bool:
    return isinstance(found, dict) and _words(found.get("zh")) and _words(found.get("en"))


def _words(found: Any) -> bool:
    return isinstance(found, str) and len(found) <= _MOST_WORDS


def _whole(found: Any) -> bool:
    return type(found) is int and found >= 0


_FORMS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {"survey": _survey, "self-test": _selftest}
