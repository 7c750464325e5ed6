"""The attribute syntaxes: which values are allowed, and when two of them are equal or ordered (MS-ADTS 3.1.1.2.2.2)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hyperv_migration.lab.directory.names import Key, Name

Comparable = str | int | bytes | Key

_BITS32, _BITS64 = 32, 64


@dataclass(frozen=True)
class Syntax:
    """One syntax; `comparable` maps a value to what equality and order look at, and raises ValueError for no value."""

    name: str
    oid: str
    comparable: Callable[[bytes], Comparable]

    def equal(self, one: bytes, other: bytes) -> bool:
        """Compare two values, of which any may be malformed."""
        try:
            return self.comparable(one) == self.comparable(other)
        except ValueError:
            return one == other


def _caseless(value: bytes) -> Comparable:
    return value.decode().casefold()


def _integer(bits: int) -> Callable[[bytes], Comparable]:
    """Take a number of so many bits; Windows also reads unsigned spellings, ``2147483648`` for the topmost bit."""

    def comparable(value: bytes) -> Comparable:
        if not value.removeprefix(b"-").isdigit():
            raise ValueError("not a number")
        number = int(value)
        if not -(1 << bits - 1) <= number < 1 << bits:
            raise ValueError(f"{number} does not fit")
        return number - (1 << bits) if number >= 1 << bits - 1 else number

    return comparable


def _boolean(value: bytes) -> Comparable:
    if value not in (b"TRUE", b"FALSE"):
        raise ValueError("neither TRUE nor FALSE")
    return value


def _name(value: bytes) -> Comparable:
    return Name.parse(value.decode()).key


def _time(value: bytes) -> Comparable:
    text = value.decode("ascii").removesuffix("Z").partition(".")[0]
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).isoformat()


def _octets(value: bytes) -> Comparable:
    return value


def _sid(value: bytes) -> Comparable:
    """Take a SID in both its forms; Windows accepts the text form in filters."""
    return sid_from_text(value.decode("ascii")) if value.upper().startswith(b"S-1-") else value


STRING = Syntax("Unicode string", "1.3.6.1.4.1.1466.115.121.1.15", _caseless)
OBJECT_IDENTIFIER = Syntax("object identifier", "1.3.6.1.4.1.1466.115.121.1.38", _caseless)
NAME = Syntax("distinguished name", "1.3.6.1.4.1.1466.115.121.1.12", _name)
INTEGER = Syntax("integer", "1.3.6.1.4.1.1466.115.121.1.27", _integer(_BITS32))
LARGE_INTEGER = Syntax("large integer", "1.2.840.113556.1.4.906", _integer(_BITS64))
BOOLEAN = Syntax("boolean", "1.3.6.1.4.1.1466.115.121.1.7", _boolean)
TIME = Syntax("generalized time", "1.3.6.1.4.1.1466.115.121.1.24", _time)
OCTETS = Syntax("octet string", "1.3.6.1.4.1.1466.115.121.1.40", _octets)
SID = Syntax("SID", "1.3.6.1.4.1.1466.115.121.1.40", _sid)


def sid_from_text(text: str) -> bytes:
    """Pack ``S-1-5-…`` (MS-DTYP 2.4.2).

    Raises:
        ValueError: It is no SID.
    """
    marker, revision, authority, *parts = text.upper().split("-")
    if marker != "S":
        raise ValueError(f"no SID: {text}")
    numbers = [int(part) for part in parts]
    try:
        return struct.pack(f"<BB6s{len(numbers)}I", int(revision), len(numbers), int(authority).to_bytes(6), *numbers)
    except (struct.error, OverflowError) as error:
        raise ValueError(f"no SID: {text}") from error


def sid_to_text(value: bytes) -> str:
    """Unpack a SID to ``S-1-5-…``."""
    revision, count = value[:2]
    numbers = struct.unpack(f"<{count}I", value[8 : 8 + 4 * count])
    return "-".join(str(number) for number in ("S", revision, int.from_bytes(value[2:8]), *numbers))


def guid_to_text(value: bytes) -> str:
    """Unpack an objectGUID, whose first three groups stand little-endian on the wire."""
    return str(uuid.UUID(bytes_le=value))


def generalized_time(moment: datetime) -> bytes:
    """Write a moment as Windows does, with one decimal that is always 0."""
    return moment.strftime("%Y%m%d%H%M%S.0Z").encode()
