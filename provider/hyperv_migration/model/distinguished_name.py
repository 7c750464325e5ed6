"""Distinguished names: one form for the many legal spellings of one name (RFC 4514, and what RFC 2253 still takes). Pure."""

from __future__ import annotations

import re

Parts = tuple[tuple[str, str], ...]
"""Attribute types in lower case and values without escapes; the object's own name comes first."""

_PART = re.compile(
    r"""[ ]* (?P<type> [A-Z][A-Z0-9-]* | (?:OID\.)?[0-9]+(?:\.[0-9]+)+ ) [ ]*=[ ]*
    (?: "(?P<quoted>(?:[^"\\]|\\.)*)"[ ]* | \#(?P<octets>(?:[0-9A-F]{2})+)[ ]* | (?P<plain>(?:[^",;+<>\\]|\\.)*) )
    (?P<end>[,;]|$)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_PIECE = re.compile(r"\\([0-9A-Fa-f]{2})|\\(.)|([^\\])", re.DOTALL)
_TYPES = {"2.5.4.3": "cn", "2.5.4.10": "o", "2.5.4.11": "ou", "0.9.2342.19200300.100.1.25": "dc"}
_STRINGS = {0x04: "utf-8", 0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x1E: "utf-16-be"}
"""Tags of BER that a value written in octets may have, and their encodings."""
_SPECIAL = frozenset(',+"\\<>;=')
_LONG_FORM = 0x80


def parts(text: str) -> Parts | None:
    """Return the parts of a name; None if it is none, or has a part of two attributes, which no directory of Windows uses."""
    found: list[tuple[str, str]] = []
    position, more = 0, True
    while more:
        match = _PART.match(text, position)
        value = None if match is None else _value(match)
        if match is None or not value:
            return None
        kind = match["type"].lower().removeprefix("oid.")
        found.append((_TYPES.get(kind, kind), value))
        position, more = match.end(), bool(match["end"])
    return tuple(found)


def written(text: str) -> str:
    """Return a name in the spelling a directory itself uses, letters as they are; what is no name comes back as it is."""
    found = parts(text)
    return text if found is None else _joined(found)


def folded(text: str) -> str:
    """Return the form in which all spellings of one name are equal."""
    found = parts(text)
    return text.casefold() if found is None else _joined(tuple((kind, value.casefold()) for kind, value in found))


def _joined(found: Parts) -> str:
    return ",".join(f"{kind}={_escaped(value)}" for kind, value in found)


def _value(match: re.Match[str]) -> str | None:
    try:
        if match["octets"] is not None:
            return _from_octets(bytes.fromhex(match["octets"]))
        return _from_text(match["quoted"] or match["plain"] or "", quoted=match["quoted"] is not None)
    except UnicodeDecodeError:
        return None


def _from_text(text: str, *, quoted: bool) -> str:
    pieces = [
        (bytes.fromhex(octet) if octet else (escaped or plain).encode("utf-8", "surrogatepass"), bool(plain))
        for octet, escaped, plain in _PIECE.findall(text)
    ]
    # A blank at either end counts only where it is escaped or in quotes.
    while not quoted and pieces and pieces[-1] == (b" ", True):
        pieces.pop()
    return b"".join(octets for octets, _ in pieces).decode()


def _from_octets(octets: bytes) -> str | None:
    encoding = _STRINGS.get(octets[0])
    if encoding is None or octets[1:2] != bytes([len(octets) - 2]) or len(octets) - 2 >= _LONG_FORM:
        return None
    return octets[2:].decode(encoding)


def _escaped(value: str) -> str:
    text = "".join(
        f"\\{each}" if each in _SPECIAL else f"\\{ord(each):02x}" if ord(each) < ord(" ") else each for each in value
    )
    if text[0] in "# ":
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if text.endswith(" ") and len(value) > 1 else text
