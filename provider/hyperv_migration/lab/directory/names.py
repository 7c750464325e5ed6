"""Distinguished names, as far as a directory of computers needs them (RFC 4514)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from string import hexdigits

_SPECIAL = frozenset(',+"\\<>;')

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Name:
    """A distinguished name; the first part is the object's own."""

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Name:
        """Read a name.

        Raises:
            ValueError: It is none, or has a part of more than one attribute, which this directory does not use.
        """
        if not text.strip():
            return cls(())
        parts = []
        for part in _split(text):
            attribute, separator, value = part.partition("=")
            if not separator or not attribute.strip() or not value.strip():
                raise ValueError(f"not a distinguished name: {text}")
            parts.append((attribute.strip(), _unescape(value)))
        return cls(tuple(parts))

    @cached_property
    def key(self) -> Key:
        """What two spellings of one name have in common."""
        return tuple((attribute.casefold(), value.casefold()) for attribute, value in self.parts)

    @property
    def parent(self) -> Name:
        """The name one level up."""
        return Name(self.parts[1:])

    @property
    def value(self) -> str:
        """The object's own name, without the attribute."""
        return self.parts[0][1]

    def child(self, attribute: str, value: str) -> Name:
        """Give the name of an object directly below."""
        return Name(((attribute, value), *self.parts))

    def within(self, other: Name) -> bool:
        """Say whether this is the other name or one below it."""
        depth = len(other.parts)
        return depth == 0 or self.key[-depth:] == other.key

    def __str__(self) -> str:
        return ",".join(f"{attribute}={_escape(value)}" for attribute, value in self.parts)


def _split(text: str) -> list[str]:
    """Cut at the commas that are not escaped; escapes stay in the pieces."""
    pieces, current, escaped = [], "", False
    for character in text:
        if escaped:
            current, escaped = current + character, False
        elif character == "\\":
            current, escaped = current + character, True
        elif character == ",":
            pieces.append(current)
            current = ""
        elif character in '+"<>;':
            raise ValueError(f"not a distinguished name: {text}")
        else:
            current += character
    if escaped:
        raise ValueError(f"not a distinguished name: {text}")
    return [*pieces, current]


def _unescape(value: str) -> str:
    """Resolve backslashes; two hexadecimal digits after one are an octet of UTF-8."""
    octets = bytearray()
    stripped = value.lstrip(" ")
    position, kept = 0, 0
    while position < len(stripped):
        character = stripped[position]
        if character != "\\":
            octets += character.encode()
            position += 1
            continue
        pair = stripped[position + 1 : position + 3]
        if len(pair) == len("00") and all(digit in hexdigits for digit in pair):
            octets += bytes.fromhex(pair)
            position += 3
        else:
            octets += pair[:1].encode()
            position += 2
        kept = len(octets)  # an escaped blank at the end belongs to the value
    text = octets[:kept].decode() + octets[kept:].decode().rstrip(" ")
    if not text:
        raise ValueError("an empty value in a distinguished name")
    return text


def _escape(value: str) -> str:
    escaped = "".join(f"\\{character}" if character in _SPECIAL else character for character in value)
    if escaped[0] in "# ":
        escaped = f"\\{escaped}"
    if escaped.endswith(" ") and len(escaped) > 1:
        escaped = f"{escaped[:-1]}\\ "
    return escaped
