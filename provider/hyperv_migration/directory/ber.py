"""Whether octets are one LDAP message, told before ldap3 reads it. Pure.

ldap3's decoder takes what lengths say at their word: an element may reach beyond the one it stands in, and an integer
of some megabytes keeps it busy for days. RFC 4511 §5.1 allows neither indefinite lengths nor more than these rules.
"""

from __future__ import annotations

LONGEST_MESSAGE = 16 * 1024 * 1024
"""One entry at most. Fifteen hundred values of every attribute asked for make less than one megabyte."""
MOST_ELEMENTS = 250_000
"""Values and what encloses them. A domain controller sends 5,000 values of an attribute at a time at most."""
_DEEPEST = 10
"""A value of an attribute of an entry stands seven deep."""
_INTEGER, _ENUMERATED, _BOOLEAN, _SEQUENCE = 0x02, 0x0A, 0x01, 0x30
_LONGEST_INTEGER = 8
_CONSTRUCTED, _LONG_FORM, _HIGH_TAG = 0x20, 0x80, 0x1F
_SHORTEST_HEADER, _MOST_LENGTH_OCTETS = 2, 4
_SHORTEST_CONTENT = 5
"""A number and the head of an operation."""


class NotLdap(Exception):
    """What arrived is no LDAP answer, or more of it than an answer needs; the text is ours and says what."""


def message_length(beginning: bytes | bytearray) -> int | None:
    """Return how many octets the message has that begins so; None while too few of them are there.

    Raises NotLdap where it can be none, or is longer than any answer needs.
    """
    if beginning and beginning[0] != _SEQUENCE:
        raise NotLdap("something that is no LDAP message")
    if len(beginning) < _SHORTEST_HEADER:
        return None
    length_octets = beginning[1] & ~_LONG_FORM if beginning[1] & _LONG_FORM else 0
    if length_octets <= _MOST_LENGTH_OCTETS and len(beginning) < _SHORTEST_HEADER + length_octets:
        return None
    begin, end = _header(beginning, 0, len(beginning))
    if end - begin < _SHORTEST_CONTENT:
        raise NotLdap("an empty message")
    if end > LONGEST_MESSAGE:
        raise NotLdap(f"a message of more than {LONGEST_MESSAGE} octets")
    return end


def check_message(message: bytes) -> None:
    """Raise NotLdap unless every element ends where it says, inside the one it stands in, and every number is one."""
    ends: list[int] = []
    at, elements = 0, 0
    while at < len(message):
        while ends and at == ends[-1]:
            ends.pop()
        tag = message[at]
        begin, end = _header(message, at, len(message))
        if end > (ends[-1] if ends else len(message)):
            raise NotLdap("an element that reaches beyond its message")
        elements += 1
        if elements > MOST_ELEMENTS:
            raise NotLdap(f"a message of more than {MOST_ELEMENTS} elements")
        if tag in {_INTEGER, _ENUMERATED} and not 1 <= end - begin <= _LONGEST_INTEGER:
            raise NotLdap("a number without an end")
        if tag == _BOOLEAN and end - begin != 1:
            raise NotLdap("a truth value that is none")
        if tag & _CONSTRUCTED and end > begin:
            ends.append(end)
            if len(ends) > _DEEPEST:
                raise NotLdap("a message nested without an end")
            at = begin
        else:
            at = end


def _header(octets: bytes | bytearray, at: int, available: int) -> tuple[int, int]:
    """Return where the content of the element that begins here begins and ends."""
    if at + _SHORTEST_HEADER > available:
        raise NotLdap("an element without a length")
    if octets[at] & _HIGH_TAG == _HIGH_TAG:
        raise NotLdap("a kind of element that LDAP does not have")
    length, begin = octets[at + 1], at + _SHORTEST_HEADER
    if length & _LONG_FORM:
        count = length & ~_LONG_FORM
        if not 1 <= count <= _MOST_LENGTH_OCTETS:
            raise NotLdap("a length that LDAP does not use")
        if begin + count > available:
            raise NotLdap("an element without a length")
        length = int.from_bytes(octets[begin : begin + count])
        begin += count
    return begin, begin + length
