"""LDAP messages as trees of elements that can be changed and written again, also into what no directory sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

CONSTRUCTED = 0x20
INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x30, 0x31
ENTRY, DONE, REFERENCE = 0x64, 0x65, 0x73


@dataclass
class Element:
    """One element: its tag, and its content or the elements inside."""

    tag: int
    content: bytes = b""
    inside: list[Element] = field(default_factory=list)
    length: bytes | None = None
    """A length of its own instead of the true one."""

    def encode(self) -> bytes:
        """Write it."""
        content = b"".join(each.encode() for each in self.inside) if self.tag & CONSTRUCTED else self.content
        return bytes([self.tag]) + (written_length(len(content)) if self.length is None else self.length) + content

    def walk(self) -> Iterator[Element]:
        """Give it and all elements inside."""
        yield self
        for each in self.inside:
            yield from each.walk()


def written_length(length: int) -> bytes:
    """Write a length as Active Directory does: always in four octets."""
    return b"\x84" + length.to_bytes(4)


def element(tag: int, *parts: Element | bytes) -> Element:
    """Make an element of octets or of elements."""
    inside = [each for each in parts if isinstance(each, Element)]
    return Element(tag, b"".join(each for each in parts if isinstance(each, bytes)), inside)


def decode(octets: bytes) -> Element:
    """Read one element, of an answer that is well formed."""
    found, end = _decode(octets, 0)
    assert end == len(octets)
    return found


def _decode(octets: bytes, at: int) -> tuple[Element, int]:
    tag, length, begin = octets[at], octets[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(octets[begin : begin + count])
        begin += count
    found, end = Element(tag), begin + length
    if not tag & CONSTRUCTED:
        found.content = octets[begin:end]
        return found, end
    while begin < end:
        inner, begin = _decode(octets, begin)
        found.inside.append(inner)
    return found, end


def integer(number: int, tag: int = INTEGER) -> Element:
    """Make an integer of any size."""
    return Element(tag, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def message(number: int, *parts: Element) -> bytes:
    """Write a message."""
    return element(SEQUENCE, integer(number), *parts).encode()


def result(tag: int, code: int, *more: Element, matched: bytes = b"", said: bytes = b"") -> Element:
    """Make an operation that ends with a result."""
    return element(tag, integer(code, ENUMERATED), Element(OCTETS, matched), Element(OCTETS, said), *more)


def entry(name: bytes, attributes: dict[bytes, list[bytes]]) -> Element:
    """Make an entry of a search result."""
    listed = [
        element(SEQUENCE, Element(OCTETS, kind), element(SET, *(Element(OCTETS, value) for value in values)))
        for kind, values in attributes.items()
    ]
    return element(ENTRY, Element(OCTETS, name), element(SEQUENCE, *listed))


def page_control(cookie: bytes) -> Element:
    """Make the control that says where the next page is (RFC 2696)."""
    value = element(SEQUENCE, integer(0), Element(OCTETS, cookie)).encode()
    return element(0xA0, element(SEQUENCE, Element(OCTETS, b"1.2.840.113556.1.4.319"), Element(OCTETS, value)))
