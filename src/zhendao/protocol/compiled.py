"""The quick way of `shapes`: for each declared shape one function, written from its declaration and compiled once.

Promise: nothing is accepted or shown otherwise than by the declaration. The quick function knows only how to take what
is certainly good; whatever it does not take at once goes the declared way, which accepts it or names what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol.fields import Bytes, Int, OneOf, Sequence, SetOf, Truth, WireType, Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Several

MOST_BITS = 10
"""Of a set with more bits not every value is kept ready."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The quick functions of a shape that is a field of another."""

    shape: type[Any]
    read: Callable[[Any], Any]
    show: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Slot:
    """One declared field."""

    name: str
    key: int
    of: WireType
    optional: bool
    inside: Inside | None = None


class _Absent:
    """Stands for a key that a map does not have; CBOR knows no value of this type."""


_ABSENT = _Absent()


class Names:
    """What a written function refers to, by names that do not clash."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"ABSENT": _ABSENT, "types": set, "whole": {int}, "unhex": bytes.fromhex}

    def name(self, value: Any) -> str:
        """Return a name for ``value``."""
        made = f"n{len(self.scope)}"
        self.scope[made] = value
        return made


def quick(of: WireType, local: str, names: Names) -> tuple[str, str]:  # noqa: PLR0911 - one for each type
    """Return two expressions over what CBOR carries: whether it is certainly good, and then its value."""
    match of:
        case Int():
            return f"type({local}) is int and {of.low} <= {local} <= {of.high}", local
        case Bytes():
            return f"type({local}) is bytes and {of.low} <= len({local}) <= {of.high}", local
        case Words():
            return f"type({local}) is str and len({local}) <= {of.high} and {local}.isprintable()", local
        case Truth():
            return f"type({local}) is bool", local
        case OneOf() | SetOf():
            known = names.name(ready(of))
            return f"type({local}) is int and {local} in {known}", f"{known}[{local}]"
        case Sequence(of=Int() as each):
            return f"type({local}) is list and {whole(each, local)} and len({local}) <= {of.high}", f"tuple({local})"
        case _:
            return "True", f"{names.name(of)}.from_raw({local})"


def _quick_plain(of: WireType, local: str, names: Names) -> tuple[str, str]:
    """Return two expressions over a value: whether it is certainly good, and then its JSON form."""
    match of:
        case Int() | Words() | Truth():
            return quick(of, local, names)
        case Bytes():
            return quick(of, local, names)[0], f"{local}.hex()"
        case OneOf():
            shown = names.name({one: of.to_plain(member) for one, member in ready(of).items()})
            return f"type({local}) is {names.name(of.words)}", f"{shown}[{local}._value_]"
        case SetOf():
            shown = names.name({number: of.to_plain(one) for number, one in ready(of).items()})
            good = f"type({local}) is {names.name(of.words)} and {local}._value_ in {shown}"
            return good, f"list({shown}[{local}._value_])"
        case Sequence(of=Int() as each):
            return f"type({local}) is tuple and {whole(each, local)} and len({local}) <= {of.high}", f"list({local})"
        case _:
            return "True", f"{names.name(of)}.to_plain({local})"


def whole(of: Int, local: str) -> str:
    """Return an expression: whether all of ``local`` are integers within the bounds."""
    within = f"{of.low} <= min({local}) and max({local}) <= {of.high}"
    return f"(not {local} or (types(map(type, {local})) == whole and {within}))"


def ready(of: OneOf | SetOf) -> dict[int, Any]:
    """Return every value by its number; none of a set that has too many."""
    if isinstance(of, OneOf):
        return {int(one): one for one in of.words}
    every = sum(int(one) for one in of.words)
    if every >= 1 << MOST_BITS:
        return {}
    return {number: of.words(number) for number in range(every + 1) if not number & ~every}


def reader(shape: Callable[..., Any], slots: Several[Slot], declared: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function from a CBOR map to ``shape``; ``declared`` is the way for what is not certainly good."""
    names = Names()
    make, slow = names.name(shape), names.name(declared)
    tests, values, reads, optional = ["type(raw) is dict"], [], [], []
    for at, slot in enumerate(slots):
        local = f"v{at}"
        test, value = quick(slot.of, local, names)
        if slot.inside is not None:
            test, value = f"type({local}) is dict", f"{names.name(slot.inside.read)}({local})"
        reads.append(f"    {local} = get({slot.key}, ABSENT)")
        if slot.optional:
            optional.append(f"({local} is not ABSENT)")
            tests.append(f"({local} is ABSENT or ({test}))")
            value = f"None if {local} is ABSENT else {value}"
        else:
            tests.append(f"({local} is not ABSENT and {test})" if test == "True" else f"({test})")
        values.append(f"{slot.name}={value}")
    # Every key that is wanted is there and there are no more: none is unknown. A key `true` would pass for 1.
    count = " + ".join([str(len(slots) - len(optional)), *optional])
    tests[1:1] = [f"len(raw) == {count}", "types(map(type, raw)) <= whole"]
    source = "\n".join(
        [
            "def read(raw):",
            "    if type(raw) is not dict:",
            f"        return {slow}(raw)",
            "    get = raw.get",
            *reads,
            f"    if {' and '.join(tests[1:])}:",
            f"        return {make}({', '.join(values)})",
            f"    return {slow}(raw)",
        ]
    )
    return written(source, "read", names)


def shower(slots: Several[Slot], declared: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Return the function from a value of a shape to its JSON object, names in order of declaration."""
    names = Names()
    slow = names.name(declared)
    lines, tests, shows = [], [], []
    for at, slot in enumerate(slots):
        local = f"v{at}"
        test, shown = _quick_plain(slot.of, local, names)
        if slot.inside is not None:
            test, shown = (
                f"type({local}) is {names.name(slot.inside.shape)}",
                f"{names.name(slot.inside.show)}({local})",
            )
        lines.append(f"    {local} = value.{slot.name}")
        tests.append(f"({local} is None or ({test}))" if slot.optional else f"({test})")
        shows.append(f"    if {local} is not None:" if slot.optional else "    if True:")
        shows.append(f"        shown[{slot.name!r}] = {shown}")
    source = "\n".join(
        [
            "def show(value):",
            *lines,
            f"    if not ({' and '.join(tests) or 'True'}):",
            f"        return {slow}(value)",
            "    shown = {}",
            *shows,
            "    return shown",
        ]
    )
    return written(source, "show", names)


def written(source: str, name: str, names: Names) -> Callable[[Any], Any]:
    """Return the function ``name`` of ``source``, which refers to ``names``."""
    # The text is made of the declarations of this package and of nothing that ever came over a wire.
    exec(compile(source, f"<{name}>", "exec"), names.scope)  # noqa: S102 - as dataclasses do
    made: Callable[[Any], Any] = names.scope[name]
    return made
