"""The two binary attributes by which domain controllers keep track of replication, read strictly. Pure.

Both are laid out alike on Active Directory and Samba (directory-estate.md, 21 and 22). A version that is not known reads as
nothing, like an attribute that may not be read: then nobody can tell.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from typing import Any

from hyperv_migration.directory.entries import Entry
from hyperv_migration.model.delegation import ACCOUNT_CONTROL, DELEGATE_TO
from hyperv_migration.model.stamps import Stamp

METADATA, VECTOR = "replPropertyMetaData", "replUpToDateVector"

_WATCHED = {0x906FB: DELEGATE_TO, 0x90008: ACCOUNT_CONTROL}
"""The two attributes of a delegation, by their numbers in the metadata."""
_HEAD = struct.Struct("<IIII")
_STAMP = struct.Struct("<IIQ16sQQ")
_CURSORS = {1: struct.Struct("<16sQ"), 2: struct.Struct("<16sQQ")}
"""Without and with the time of the last success."""


def stamps(entry: Entry) -> dict[str, Stamp] | None:
    """Return the stamps of the attributes that a delegation writes; None if the account does not show them."""
    rows = _rows(entry, METADATA, {1: _STAMP})
    if rows is None:
        return None
    return {
        _WATCHED[number]: Stamp(version=version, invocation=str(uuid.UUID(bytes_le=invocation)), usn=usn)
        for number, version, _, invocation, usn, _ in rows
        if number in _WATCHED
    }


def followed(entry: Entry) -> dict[str, int] | None:
    """Return how far the head of a naming context follows each other domain controller; None if it does not show that.

    A domain controller that has never received anything has no such value either, and follows nobody.
    """
    rows = _rows(entry, VECTOR, _CURSORS)
    return None if rows is None else {str(uuid.UUID(bytes_le=row[0])): row[1] for row in rows}


def _rows(entry: Entry, name: str, layouts: dict[int, struct.Struct]) -> Iterator[tuple[Any, ...]] | None:
    octets = entry.octets(name)
    if octets is None:
        return None
    if len(octets) < _HEAD.size:
        raise entry.broken(name, f"has {len(octets)} octets")
    version, _, count, _ = _HEAD.unpack_from(octets)
    layout = layouts.get(version)
    if layout is None:
        return None
    if len(octets) != _HEAD.size + count * layout.size:
        raise entry.broken(name, f"has {len(octets)} octets for {count} rows")
    return layout.iter_unpack(octets[_HEAD.size :])
