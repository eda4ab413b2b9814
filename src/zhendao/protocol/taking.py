"""The quick way from JSON: for each declared shape one function, as `compiled` has them for CBOR and for showing.

Promise: nothing is taken otherwise than by the declaration; what is not certainly good goes the declared way. It is
a module of its own because a terminal shows JSON and never takes any: it does not pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.protocol.compiled import Names, Slot, quick, ready, whole, written
from zhendao.protocol.fields import Bytes, Int, OneOf, Sequence, SetOf, Truth, WireType, Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Several


def taker(
    shape: Callable[..., Any],
    slots: Several[Slot],
    declared: Callable[[Any], Any],
    inside: Callable[[type[Any]], Callable[[Any], Any]] | None = None,
) -> Callable[[Any], Any]:
    """Return the function from a JSON object to ``shape``; ``declared`` is the way for what is not certainly good.

    ``inside`` gives the like function of a shape that is a field of this one, where one may be.
    """
    names = Names()
    make, slow = names.name(shape), names.name(declared)
    reads, tests, values, optional = [], [], [], []
    for at, slot in enumerate(slots):
        local = f"v{at}"
        test, value = _quick(slot.of, local, names)
        if slot.inside is not None and inside is not None:
            test, value = f"type({local}) is dict", f"{names.name(inside(slot.inside.shape))}({local})"
        reads.append(f"        {local} = get({slot.name!r}, ABSENT)")
        if slot.optional:
            optional.append(f"({local} is not ABSENT)")
            tests.append(f"({local} is ABSENT or ({test}))")
            value = f"None if {local} is ABSENT else {value}"
        else:
            tests.append(f"({local} is not ABSENT and {test})" if test == "True" else f"({test})")
        values.append(f"{slot.name}={value}")
    # Every name that is wanted is there and there are no more: none is unknown.
    count = " + ".join([str(len(slots) - len(optional)), *optional])
    lines = [
        "def take(plain):",
        "    if type(plain) is not dict:",
        f"        return {slow}(plain)",
        "    get = plain.get",
        "    try:",
        *reads,
        f"        if {' and '.join([f'len(plain) == {count}', *tests])}:",
        f"            return {make}({', '.join(values)})",
        "    except (ValueError, TypeError):  # no hex, or a list in a list of names",
        "        pass",
        f"    return {slow}(plain)",
    ]
    return written("\n".join(lines), "take", names)


def _quick(of: WireType, local: str, names: Names) -> tuple[str, str]:  # noqa: PLR0911 - one for each type
    """Return two expressions over what JSON carries: whether it is certainly good, and then its value."""
    match of:
        case Int() | Words() | Truth():
            return quick(of, local, names)
        case Bytes():
            made = f"b{local}"
            length = f"{2 * of.low} <= len({local}) <= {2 * of.high}"
            return f"type({local}) is str and {length} and ({made} := unhex({local})).hex() == {local}", made
        case OneOf():
            by_name = names.name({of.to_plain(one): one for one in ready(of).values()})
            return f"type({local}) is str and {local} in {by_name}", f"{by_name}[{local}]"
        case SetOf() if every := {tuple(of.to_plain(one)): one for one in ready(of).values()}:
            by_names = names.name(every)
            return f"type({local}) is list and (t{local} := tuple({local})) in {by_names}", f"{by_names}[t{local}]"
        case SetOf():
            none, slow = names.name(of.words(0)), names.name(of)
            return f"type({local}) is list", f"{slow}.from_plain({local}) if {local} else {none}"
        case Sequence(of=Int() as each):
            good = f"type({local}) is list and {whole(each, local)} and len({local}) <= {of.high}"
            return good, f"tuple({local})"
        case _:
            return "True", f"{names.name(of)}.from_plain({local})"
