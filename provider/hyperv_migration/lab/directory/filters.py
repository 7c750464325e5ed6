"""Search filters: the tree, its text (RFC 4515), and whether an object matches (RFC 4511 4.5.1.7).

An answer is true, false, or None for "undefined", which an unknown attribute gives and which a negation keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from hyperv_migration.lab.directory.schema import ATTRIBUTES, CLASSES, Attribute, Trait, attribute
from hyperv_migration.lab.directory.syntaxes import INTEGER, LARGE_INTEGER, OBJECT_IDENTIFIER, STRING, Comparable

BIT_AND, BIT_OR = "1.2.840.113556.1.4.803", "1.2.840.113556.1.4.804"
_PRINTABLE = range(0x20, 0x7F)

Values = Callable[[Attribute], list[bytes]]
"""Gives an object's values of an attribute, constructed ones too."""


class Filter(Protocol):
    """One node of a filter."""

    @property
    def text(self) -> str:
        """The filter as people write it."""

    def matches(self, values: Values) -> bool | None:
        """Say whether an object with these values matches."""


def _shown(value: bytes) -> str:
    """Write a value as RFC 4515 does, other octets than printable ASCII and UTF-8 letters as escapes."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
        return "".join(f"\\{ord(each):02x}" for each in text)
    return "".join(f"\\{ord(each):02x}" if each in "*()\\" or ord(each) < _PRINTABLE.start else each for each in text)


@dataclass(frozen=True)
class And:
    """All of them."""

    parts: tuple[Filter, ...]

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"(&{''.join(part.text for part in self.parts)})"

    def matches(self, values: Values) -> bool | None:
        """False as soon as one is, undefined when one is."""
        answers = [part.matches(values) for part in self.parts]
        return False if False in answers else None if None in answers else True


@dataclass(frozen=True)
class Or:
    """Any of them."""

    parts: tuple[Filter, ...]

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"(|{''.join(part.text for part in self.parts)})"

    def matches(self, values: Values) -> bool | None:
        """True as soon as one is, undefined when one is."""
        equalities, others = self._sorted
        for found, wanted in equalities.values():
            if any(found.syntax.comparable(each) in wanted for each in values(found)):
                return True
        answers = [part.matches(values) for part in others]
        return True if True in answers else None if None in answers else False

    @cached_property
    def _sorted(self) -> tuple[dict[str, tuple[Attribute, set[Comparable]]], list[Filter]]:
        """Gather the plain equalities of each attribute: a search for a hundred hosts has hundreds of them."""
        equalities: dict[str, tuple[Attribute, set[Comparable]]] = {}
        others: list[Filter] = []
        for part in self.parts:
            plain = part.plain_equality() if isinstance(part, Comparison) else None
            if plain is None:
                others.append(part)
            else:
                equalities.setdefault(plain[0].name, (plain[0], set()))[1].add(plain[1])
        return equalities, others


@dataclass(frozen=True)
class Not:
    """The opposite; undefined stays undefined."""

    part: Filter

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"(!{self.part.text})"

    def matches(self, values: Values) -> bool | None:
        """Turn true and false around."""
        answer = self.part.matches(values)
        return None if answer is None else not answer


@dataclass(frozen=True)
class Present:
    """The attribute has a value."""

    name: str

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"({self.name}=*)"

    def matches(self, values: Values) -> bool | None:
        """Undefined for an attribute the schema does not have."""
        found = _comparable_attribute(self.name)
        return None if found is None else bool(values(found))


@dataclass(frozen=True)
class Comparison:
    """Equality (also approximate), or one of the two orders."""

    name: str
    operator: str
    """``=``, ``~=``, ``>=`` or ``<=``."""
    value: bytes

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"({self.name}{self.operator}{_shown(self.value)})"

    def plain_equality(self) -> tuple[Attribute, Comparable] | None:
        """Give the attribute and the value it must have, where that needs no look at the object."""
        found = _comparable_attribute(self.name)
        if found is None or self.operator not in {"=", "~="} or found.name == "objectCategory":
            return None
        try:
            return found, found.syntax.comparable(self.value)
        except ValueError:
            return None

    def matches(self, values: Values) -> bool | None:
        """Undefined for an unknown attribute and for a value that its syntax does not allow."""
        found = _comparable_attribute(self.name)
        if found is None:
            return None
        value = _category(self.value, values) if found.name == "objectCategory" else self.value
        try:
            wanted = found.syntax.comparable(value)
        except ValueError:
            return None
        present = [found.syntax.comparable(each) for each in values(found)]
        if self.operator == ">=":
            return any(each >= wanted for each in present)  # type: ignore[operator]  # one syntax, one type
        if self.operator == "<=":
            return any(each <= wanted for each in present)  # type: ignore[operator]  # one syntax, one type
        return wanted in present


@dataclass(frozen=True)
class Substrings:
    """A pattern with ``*``."""

    name: str
    initial: bytes
    middle: tuple[bytes, ...]
    final: bytes

    @property
    def text(self) -> str:
        """The filter as people write it."""
        pieces = (self.initial, *self.middle, self.final)
        return f"({self.name}={'*'.join(_shown(piece) for piece in pieces)})"

    def matches(self, values: Values) -> bool | None:
        """Windows matches patterns in text only; elsewhere they are undefined."""
        found = _comparable_attribute(self.name)
        if found is None or found.syntax not in (STRING, OBJECT_IDENTIFIER):
            return None
        return any(self._fits(each.decode().casefold()) for each in values(found))

    def _fits(self, value: str) -> bool:
        initial, final = self.initial.decode().casefold(), self.final.decode().casefold()
        if not value.startswith(initial):
            return False
        position = len(initial)
        for piece in self.middle:
            text = piece.decode().casefold()
            position = value.find(text, position)
            if position < 0:
                return False
            position += len(text)
        return len(value) - len(final) >= position and value.endswith(final)


@dataclass(frozen=True)
class Extensible:
    """A matching rule by its number: the two bit rules."""

    name: str
    rule: str
    value: bytes

    @property
    def text(self) -> str:
        """The filter as people write it."""
        return f"({self.name}:{self.rule}:={_shown(self.value)})"

    def matches(self, values: Values) -> bool | None:
        """Undefined for any other rule, and for anything but numbers (MS-ADTS 3.1.1.3.4.4)."""
        found = _comparable_attribute(self.name)
        if found is None or found.syntax not in (INTEGER, LARGE_INTEGER) or self.rule not in (BIT_AND, BIT_OR):
            return None
        try:
            wanted = _bits(found, self.value)
        except ValueError:
            return None
        present = [_bits(found, each) & wanted for each in values(found)]
        return any(each == wanted if self.rule == BIT_AND else each != 0 for each in present)


def _bits(found: Attribute, value: bytes) -> int:
    number = found.syntax.comparable(value)
    if not isinstance(number, int):
        raise ValueError("not a number")  # noqa: TRY004 - callers handle values, not types
    return number


def _comparable_attribute(name: str) -> Attribute | None:
    """Find an attribute a filter may name; options such as ``;binary`` and secrets make it undefined."""
    found = attribute(name)
    return None if found is None or Trait.WRITE_ONLY in found.trait else found


def _category(value: bytes, values: Values) -> bytes:
    """Let objectCategory be compared by a class's display name too (MS-ADTS 3.1.1.3.1.3.5)."""
    named = CLASSES.get(value.decode(errors="replace").lower())
    if named is None:
        return value
    own = values(ATTRIBUTES["objectcategory"])
    schema = own[0].partition(b",")[2] if own else b""  # all classes of a forest stand side by side
    return b"CN=" + named.category.encode() + b"," + schema
