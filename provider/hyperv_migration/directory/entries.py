"""What a search returned, read strictly: a name or a value that cannot be one is an error, never guessed at. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.errors import ProtocolViolation

_RANGE = re.compile(r"[^;]+;range=([0-9]{1,9})-([0-9]{1,9}|\*)")
"""Of a name in lower case; no list has a thousand million values."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One object as a search returned it; attribute names in lower case."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]
    controller: str
    """Who said so."""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return every value of an attribute; none if it has none or may not be read."""
        try:
            return tuple(value.decode() for value in self.attributes.get(name.lower(), ()))
        except UnicodeDecodeError:
            raise self.broken(name, "is no UTF-8") from None

    def octets(self, name: str) -> bytes | None:
        """Return the value of an attribute that has one at most."""
        values = self.attributes.get(name.lower(), ())
        if len(values) > 1:
            raise self.broken(name, f"has {len(values)} values, where one is allowed")
        return values[0] if values else None

    def text(self, name: str) -> str | None:
        """Return the text of an attribute that has one value at most."""
        self.octets(name)
        return next(iter(self.texts(name)), None)

    def broken(self, name: str, how: str) -> ProtocolViolation:
        """Say that an attribute is not what a directory holds."""
        return ProtocolViolation(
            f"{self.controller} answered with a {name} of {self.dn or 'its rootDSE'} that {how}; nothing in the answer was "
            "believed. Check that a domain controller answers there."
        )


def entries(response: Iterable[Mapping[str, Any]], controller: str) -> list[Entry]:
    """Return the entries; references to other domains, which a search from the root brings along, are not followed."""
    return [
        Entry(
            dn=_distinguished_name(item["raw_dn"], controller),
            attributes={name.lower(): tuple(values or ()) for name, values in item["raw_attributes"].items()},
            controller=controller,
        )
        for item in response
        if item["type"] == "searchResEntry"
    ]


def _distinguished_name(octets: bytes, controller: str) -> str:
    # ldap3 would try other encodings in turn and make up a name that is somebody else's.
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise ProtocolViolation(
            f"{controller} answered with a distinguished name that is no UTF-8; check that a domain controller answers there."
        ) from None


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some of the values of an attribute that has too many for one answer (MS-ADTS 3.1.1.3.1.3.3)."""

    name: str
    first: int
    last: int | None
    """None where nothing follows."""
    values: tuple[bytes, ...]


def parts(entry: Entry) -> list[Part]:
    """Return the attributes of which only a part is there."""
    found = []
    for name, values in entry.attributes.items():
        if ";range=" not in name:
            continue
        plain = name.partition(";")[0]
        match = _RANGE.fullmatch(name)
        if match is None:
            raise entry.broken(plain, "comes in a range that is none")
        last = None if match[2] == "*" else int(match[2])
        part = Part(name=plain, first=int(match[1]), last=last, values=values)
        if not values or (last is not None and last - part.first + 1 != len(values)):
            raise entry.broken(plain, f"holds {len(values)} values in a range of another length")
        found.append(part)
    return found
