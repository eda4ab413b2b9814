"""The types of fields on the wire: what each may hold, its CBOR form and its JSON form.

Encoding checks what decoding checks: a value that is out of bounds cannot be sent either. Raises `MalformedError` for
everything that the declaration does not allow. `shapes` makes maps of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from zhendao.protocol.errors import MalformedError

if TYPE_CHECKING:
    from enum import IntEnum, IntFlag

U64 = 2**64 - 1
I64 = 2**63 - 1


class WireType(Protocol):
    """One type of field. ``raw`` is what CBOR carries, ``plain`` what JSON carries."""

    def to_raw(self, value: Any) -> Any:
        """Check ``value`` and return its CBOR form."""

    def from_raw(self, raw: Any) -> Any:
        """Check ``raw`` and return the value."""

    def to_plain(self, value: Any) -> Any:
        """Return the JSON form of a value that was checked before."""

    def from_plain(self, plain: Any) -> Any:
        """Check ``plain`` and return the value."""


def refuse(what: str, raw: object) -> MalformedError:
    """Return the error for a value that its declaration does not allow."""
    return MalformedError("field", f"{what} wanted, {type(raw).__name__} found")


@dataclass(frozen=True)
class Int:
    """An integer in ``low``…``high``, both included."""

    low: int = -I64 - 1
    high: int = I64

    def from_raw(self, raw: Any) -> int:
        """Check ``raw``; a bool is not an integer here."""
        if type(raw) is not int:
            if isinstance(raw, int) and not isinstance(raw, bool):
                raw = int(raw)
            else:
                raise refuse("integer", raw)
        if not self.low <= raw <= self.high:
            raise MalformedError("range", f"{raw} is not in {self.low}…{self.high}")
        return cast("int", raw)

    to_raw = to_plain = from_plain = from_raw


UINT = Int(0, U64)
SINT = Int()


@dataclass(frozen=True)
class Bytes:
    """A byte string of ``low``…``high`` bytes; hex in JSON."""

    low: int
    high: int

    def from_raw(self, raw: Any) -> bytes:
        """Check type and length."""
        if not isinstance(raw, bytes):
            raise refuse("byte string", raw)
        if not self.low <= len(raw) <= self.high:
            raise MalformedError("length", f"{len(raw)} bytes are not in {self.low}…{self.high}")
        return raw

    to_raw = from_raw

    def to_plain(self, value: bytes) -> str:
        """Return lower-case hex."""
        return self.from_raw(value).hex()

    def from_plain(self, plain: Any) -> bytes:
        """Read lower-case hex without blanks, so that there is one form only."""
        if not isinstance(plain, str):
            raise refuse("hex text", plain)
        try:
            value = bytes.fromhex(plain)
        except ValueError as error:
            raise MalformedError("hex", "not a hex text") from error
        if value.hex() != plain:
            raise MalformedError("hex", "not in lower case, or with blanks")
        return self.from_raw(value)


def check_version(raw: Any, version: int) -> None:
    """Refuse ``raw`` unless it is the integer ``version`` (a CBOR ``true`` is not 1)."""
    if UINT.from_raw(raw) != version:
        raise MalformedError("version", "another version of the wire")


def exactly(length: int) -> Bytes:
    """Return the type of a byte string of that length."""
    return Bytes(length, length)


@dataclass(frozen=True)
class Words:
    """A text of at most ``high`` characters."""

    high: int

    def from_raw(self, raw: Any) -> str:
        """Check type, length, and that it can be written as UTF-8."""
        if not isinstance(raw, str):
            raise refuse("text", raw)
        if len(raw) > self.high:
            raise MalformedError("length", f"{len(raw)} characters are more than {self.high}")
        if any("\ud800" <= character <= "\udfff" for character in raw):
            raise MalformedError("text", "a lone surrogate is not text")
        return raw

    to_raw = to_plain = from_plain = from_raw


@dataclass(frozen=True)
class Truth:
    """A boolean."""

    def from_raw(self, raw: Any) -> bool:
        """Check that it is a boolean."""
        if not isinstance(raw, bool):
            raise refuse("boolean", raw)
        return raw

    to_raw = to_plain = from_plain = from_raw


@dataclass(frozen=True)
class OneOf:
    """A member of a closed list; its number on the wire, its lower-case name in JSON."""

    words: type[IntEnum]

    def to_raw(self, value: Any) -> int:
        """Return the number."""
        return int(self.from_raw(int(value) if isinstance(value, self.words) else value))

    def from_raw(self, raw: Any) -> IntEnum:
        """Return the member with that number."""
        number = UINT.from_raw(raw)
        try:
            return self.words(number)
        except ValueError as error:
            raise MalformedError("enum", f"{self.words.__name__} has no {number}") from error

    def to_plain(self, value: Any) -> str:
        """Return the lower-case name."""
        return self.from_raw(int(value)).name.lower()

    def from_plain(self, plain: Any) -> IntEnum:
        """Return the member with that name."""
        if isinstance(plain, str) and plain == plain.lower() and plain.upper() in self.words.__members__:
            return self.words[plain.upper()]
        raise MalformedError("enum", f"{self.words.__name__} has no such name")


@dataclass(frozen=True)
class SetOf:
    """A bit set over a closed list; a list of lower-case names, in order of bits, in JSON."""

    words: type[IntFlag]

    def to_raw(self, value: Any) -> int:
        """Return the bits as a number."""
        return int(self.from_raw(int(value) if isinstance(value, self.words) else value))

    def from_raw(self, raw: Any) -> IntFlag:
        """Return the set; a bit that is not in the list is refused."""
        number = UINT.from_raw(raw)
        try:
            return self.words(number)
        except ValueError as error:
            raise MalformedError("enum", f"{self.words.__name__} has no bits {number:#x}") from error

    def to_plain(self, value: Any) -> list[str]:
        """Return the names of the members."""
        return [str(member.name).lower() for member in self.words if member & self.from_raw(int(value))]

    def from_plain(self, plain: Any) -> IntFlag:
        """Read a list of names in order of bits."""
        if not isinstance(plain, list):
            raise refuse("list of names", plain)
        found = self.words(0)
        for name in plain:
            if not (isinstance(name, str) and name.upper() in self.words.__members__):
                raise MalformedError("enum", f"{self.words.__name__} has no such name")
            found |= self.words[name.upper()]
        if self.to_plain(found) != plain:
            raise MalformedError("enum", "names doubled or out of order")
        return found


@dataclass(frozen=True)
class Sequence:
    """An array of at most ``high`` elements of one type; a tuple in Python."""

    of: WireType
    high: int

    def _each(self, convert: Any, many: Any) -> list[Any]:
        if not isinstance(many, list | tuple):
            raise refuse("array", many)
        if len(many) > self.high:
            raise MalformedError("length", f"{len(many)} elements are more than {self.high}")
        return [convert(one) for one in many]

    def to_raw(self, value: Any) -> list[Any]:
        """Return the array."""
        return self._each(self.of.to_raw, value)

    def from_raw(self, raw: Any) -> tuple[Any, ...]:
        """Return the elements."""
        return tuple(self._each(self.of.from_raw, raw))

    def to_plain(self, value: Any) -> list[Any]:
        """Return the JSON array."""
        return self._each(self.of.to_plain, value)

    def from_plain(self, plain: Any) -> tuple[Any, ...]:
        """Return the elements."""
        return tuple(self._each(self.of.from_plain, plain))
