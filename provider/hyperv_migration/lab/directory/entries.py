"""One object of the directory, with the stamps replication keeps on each of its attributes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from hyperv_migration.lab.directory.names import Name
from hyperv_migration.lab.directory.schema import Attribute, attribute, class_chain
from hyperv_migration.lab.directory.syntaxes import guid_to_text, sid_to_text

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_UNIX_EPOCH = 11_644_473_600

_UNSTAMPED = frozenset({"uSNChanged", "uSNCreated", "whenChanged", "distinguishedName", "objectGUID", "memberOf"})
"""What each domain controller keeps for itself, or derives."""


@dataclass(frozen=True)
class Stamp:
    """Which write an attribute has its value from (active-directory.md, 60)."""

    version: int
    time: datetime
    invocation_id: bytes
    originating_usn: int
    local_usn: int

    @property
    def origin(self) -> tuple[int, bytes, int]:
        """What is the same on every domain controller."""
        return self.version, self.invocation_id, self.originating_usn


@dataclass
class Entry:
    """An object; values are kept as they go over the wire, under the attribute's name in the schema's spelling."""

    name: Name
    context: Name
    """The naming context it belongs to; searches do not cross from one to another."""
    values: dict[str, list[bytes]]
    stamps: dict[str, Stamp] = field(default_factory=dict)

    def copy(self) -> Entry:
        """Give a copy that can be changed without touching this one."""
        twin = copy(self)
        twin.values = {name: list(values) for name, values in self.values.items()}
        twin.stamps = dict(self.stamps)
        return twin

    def received(self, mine: Entry | None, usn: int) -> Entry:
        """Give it as another domain controller stores it, which had `mine` before: what is new gets that one's own USN."""
        twin = self.copy()
        for name, stamp in self.stamps.items():
            before = None if mine is None else mine.stamps.get(name)
            known = before is not None and before.origin == stamp.origin
            twin.stamps[name] = replace(stamp, local_usn=before.local_usn if before and known else usn)
        twin.put("uSNChanged", max((stamp.local_usn for stamp in twin.stamps.values()), default=usn))
        return twin

    def get(self, name: str) -> list[bytes]:
        """The stored values of an attribute; an empty list when it is absent."""
        return self.values.get(name, [])

    def text(self, name: str, default: str = "") -> str:
        """The first value of an attribute as text."""
        values = self.get(name)
        return values[0].decode() if values else default

    def texts(self, name: str) -> list[str]:
        """All values of an attribute as text."""
        return [value.decode() for value in self.get(name)]

    def number(self, name: str) -> int:
        """The value of a number attribute, 0 when it is absent."""
        return int(self.text(name, "0"))

    def put(self, name: str, *values: str | int | bytes) -> None:
        """Store values; none removes the attribute."""
        if values:
            self.values[name] = [value if isinstance(value, bytes) else str(value).encode() for value in values]
        else:
            self.values.pop(name, None)

    @property
    def classes(self) -> list[str]:
        """The names in objectClass, the most general first."""
        return self.texts("objectClass")

    def is_a(self, name: str) -> bool:
        """Say whether the object is of this class or one derived from it."""
        return any(each.casefold() == name.casefold() for each in self.classes)

    @property
    def guid(self) -> str:
        """The objectGUID in its usual spelling; it outlives renames."""
        return guid_to_text(self.get("objectGUID")[0])

    @property
    def sid(self) -> str:
        """The objectSid as ``S-1-5-…``, empty for an object that has none."""
        values = self.get("objectSid")
        return sid_to_text(values[0]) if values else ""

    def stamped(self) -> Iterator[tuple[Attribute, Stamp]]:
        """Give the replicated attributes with their stamps, ordered as replPropertyMetaData is."""
        rows = ((found, stamp) for name, stamp in self.stamps.items() if (found := attribute(name)))
        yield from sorted(rows, key=lambda row: row[0].replication_id)

    def stamp(self, names: Iterable[str], usn: int, invocation_id: bytes, moment: datetime) -> None:
        """Note that this write, on this domain controller, gave these attributes their values."""
        for name in names:
            if name not in _UNSTAMPED:
                version = self.stamps[name].version + 1 if name in self.stamps else 1
                self.stamps[name] = Stamp(version, moment, invocation_id, usn, usn)


def classes_of(name: str) -> list[bytes]:
    """Give the values of objectClass for an object of a class."""
    return [each.name.encode() for each in class_chain(name)]


def metadata_octets(entry: Entry) -> bytes:
    """Write replPropertyMetaData (MS-ADTS 3.1.1.3.4.3, active-directory.md, 60)."""
    rows = [
        struct.pack("<IIQ", each.replication_id, stamp.version, int((stamp.time - _EPOCH).total_seconds()))
        + stamp.invocation_id
        + struct.pack("<QQ", stamp.originating_usn, stamp.local_usn)
        for each, stamp in entry.stamped()
    ]
    return struct.pack("<IIII", 1, 0, len(rows), 0) + b"".join(rows)


def vector_octets(followed: Mapping[bytes, int]) -> bytes:
    """Write replUpToDateVector, version 2; the time is the constant that Samba writes (directory-estate.md, 22)."""
    rows = [invocation + struct.pack("<QQ", usn, _UNIX_EPOCH) for invocation, usn in sorted(followed.items())]
    return struct.pack("<IIII", 2, 0, len(rows), 0) + b"".join(rows)


def metadata_texts(entry: Entry, source: Name) -> list[bytes]:
    """Write msDS-ReplAttributeMetaData, one XML fragment for each attribute (MS-ADTS 3.1.1.4.5.17)."""
    return [
        (
            "<DS_REPL_ATTR_META_DATA>\n"
            f"\t<pszAttributeName>{each.name}</pszAttributeName>\n"
            f"\t<dwVersion>{stamp.version}</dwVersion>\n"
            f"\t<ftimeLastOriginatingChange>{stamp.time:%Y-%m-%dT%H:%M:%SZ}</ftimeLastOriginatingChange>\n"
            f"\t<uuidLastOriginatingDsaInvocationID>{guid_to_text(stamp.invocation_id)}"
            "</uuidLastOriginatingDsaInvocationID>\n"
            f"\t<usnOriginatingChange>{stamp.originating_usn}</usnOriginatingChange>\n"
            f"\t<usnLocalChange>{stamp.local_usn}</usnLocalChange>\n"
            f"\t<pszLastOriginatingDsaDN>{escape(str(source))}</pszLastOriginatingDsaDN>\n"
            "</DS_REPL_ATTR_META_DATA>\n"
        ).encode()
        for each, stamp in entry.stamped()
    ]
