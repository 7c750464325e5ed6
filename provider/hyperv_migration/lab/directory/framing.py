"""Where a message, or an element inside one, begins and ends (RFC 4511 5.1)."""

from __future__ import annotations

MAX_MESSAGE = 10 * 1024 * 1024
"""MaxReceiveBuffer of a domain controller's default policy."""
OCTET_STRING, SEQUENCE, SET = 0x04, 0x30, 0x31
SEARCH_RESULT_ENTRY = 0x64
"""[APPLICATION 4], constructed."""
_LONG_FORM, _HEADER, _LONGEST = 0x80, 2, 4


class Malformed(ValueError):
    """What came in is no LDAP message."""


def header(buffer: bytes, at: int = 0) -> tuple[int, int] | None:
    """Say where the content of the element that begins here begins and ends; None while its header is incomplete.

    Raises:
        Malformed: Its length is written in a way that LDAP does not use (RFC 4511 5.1).
    """
    begin = at + _HEADER
    if len(buffer) < begin:
        return None
    length = buffer[at + 1]
    if length & _LONG_FORM:
        count = length & ~_LONG_FORM
        if not 1 <= count <= _LONGEST:
            raise Malformed("a length of a length that LDAP does not use")
        if len(buffer) < begin + count:
            return None
        length = int.from_bytes(buffer[begin : begin + count])
        begin += count
    return begin, begin + length


def message_length(buffer: bytes) -> int | None:
    """Say how many octets the message at the start of a buffer has; None while its header is incomplete.

    Raises:
        Malformed: It cannot be an LDAP message.
    """
    if buffer[:1] and buffer[0] != SEQUENCE:
        raise Malformed("not a sequence")
    place = header(buffer)
    if place is not None and place[1] > MAX_MESSAGE:
        raise Malformed("longer than MaxReceiveBuffer")
    return None if place is None else place[1]


def element(tag: int, content: bytes) -> bytes:
    """Write one element: its tag, the length of its content in the shortest form, and the content."""
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content
