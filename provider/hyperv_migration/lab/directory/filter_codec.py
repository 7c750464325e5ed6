"""Search filters from octets.

ldap3's definition of a filter serves its encoder only: decoded, a filter inside a filter has no type, because pyasn1
takes a recursive definition as it stood when it was first used. So the tree is walked here, and pyasn1 reads the leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error

from hyperv_migration.lab.directory import filters
from hyperv_migration.lab.directory.framing import Malformed, header

_AND, _OR, _NOT = 0xA0, 0xA1, 0xA2
_DEEPEST = 100
"""Windows refuses deeper filters too, though at another depth."""


def _elements(content: bytes) -> Iterator[bytes]:
    """Cut a set into its members."""
    at = 0
    while at < len(content):
        place = header(content, at)
        if place is None or place[1] > len(content):
            raise Malformed("an element longer than its set")
        yield content[at : place[1]]
        at = place[1]


def decode_filter(octets: bytes, depth: int = 0) -> filters.Filter:
    """Read a filter.

    Raises:
        Malformed: It is none, or one nested too deeply.
    """
    place = header(octets)
    if place is None or place[1] != len(octets) or depth > _DEEPEST:
        raise Malformed("filter")
    tag, content = octets[0], octets[place[0] :]
    if tag in (_AND, _OR):
        parts = tuple(decode_filter(each, depth + 1) for each in _elements(content))
        return filters.And(parts) if tag == _AND else filters.Or(parts)
    if tag == _NOT:
        return filters.Not(decode_filter(content, depth + 1))
    if tag not in _LEAVES:
        raise Malformed("filter")
    definition, read = _LEAVES[tag]
    try:
        leaf, _ = decoder.decode(octets, asn1Spec=definition())
        return read(leaf)
    except (PyAsn1Error, UnicodeDecodeError) as error:
        raise Malformed("filter") from error


def _comparison(operator: str) -> Callable[[Any], filters.Filter]:
    def read(leaf: Any) -> filters.Filter:
        return filters.Comparison(bytes(leaf["attributeDesc"]).decode(), operator, bytes(leaf["assertionValue"]))

    return read


def _substrings(leaf: Any) -> filters.Filter:
    initial, middle, final = b"", [], b""
    for piece in leaf["substrings"]:
        value = bytes(piece.getComponent())
        if piece.getName() == "initial":
            initial = value
        elif piece.getName() == "final":
            final = value
        else:
            middle.append(value)
    return filters.Substrings(bytes(leaf["type"]).decode(), initial, tuple(middle), final)


def _extensible(leaf: Any) -> filters.Filter:
    name, rule = (bytes(leaf[field]).decode() if leaf[field].hasValue() else "" for field in ("type", "matchingRule"))
    return filters.Extensible(name, rule, bytes(leaf["matchValue"]))


_LEAVES: dict[int, tuple[Callable[[], Any], Callable[[Any], filters.Filter]]] = {
    0xA3: (rfc4511.EqualityMatch, _comparison("=")),
    0xA4: (rfc4511.SubstringFilter, _substrings),
    0xA5: (rfc4511.GreaterOrEqual, _comparison(">=")),
    0xA6: (rfc4511.LessOrEqual, _comparison("<=")),
    0x87: (rfc4511.Present, lambda leaf: filters.Present(bytes(leaf).decode())),
    0xA8: (rfc4511.ApproxMatch, _comparison("~=")),
    0xA9: (rfc4511.ExtensibleMatch, _extensible),
}
