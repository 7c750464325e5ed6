"""Values as they travel between the engine and a provider (pulumi-protocol.md §4). Pure.

A value on the wire is a protobuf Struct. Unknowns are seven magic strings; secrets, outputs and resource references are
dictionaries with a signature. Inwards all of them become plain values, UNKNOWN, and the set of properties that hold a
secret; outwards those properties are wrapped again, so that the engine stores them encrypted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.unknown import UNKNOWN, Unknown, has_unknown

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of secrets, none itself
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"

UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


@dataclass(frozen=True, kw_only=True)
class Properties:
    """Decoded properties, and the names of those that hold a secret at any depth."""

    values: dict[str, Any]
    secrets: frozenset[str] = frozenset()


def decode(struct: Struct) -> Properties:
    """Read a Struct; keys that begin with two underscores are a host's own and nulls are absent.

    Raises InvalidInput for assets and archives, which no property takes, and for what is no number.
    """
    plain = _plain(struct)
    values: dict[str, Any] = {}
    secrets: set[str] = set()
    for name, value in plain.items():
        if name.startswith("__") or value is None:
            continue
        decoded = _inward(value)
        if decoded is not None:
            values[name] = decoded
        if _holds_secret(value):
            secrets.add(name)
    return Properties(values=values, secrets=frozenset(secrets))


def in_clear(struct: Struct) -> dict[str, Any]:
    """Return what stands in a Struct outside of any secret."""
    return {name: value for name, value in (_without_secrets(_plain(struct)) or {}).items() if value is not None}


def secret_texts(struct: Struct) -> frozenset[str]:
    """Return every text that stands inside of a secret."""
    return frozenset(_texts(_plain(struct), secret=False))


def encode(values: Mapping[str, Any], secrets: Collection[str] = ()) -> Struct:
    """Write a Struct; the named properties are wrapped as secrets, nulls are left out."""
    outward = {
        name: _wrapped(_outward(value)) if name in secrets else _outward(value)
        for name, value in values.items()
        if value is not None
    }
    struct = Struct()
    json_format.ParseDict(outward, struct)
    return struct


def _plain(struct: Struct) -> dict[str, Any]:
    try:
        return json_format.MessageToDict(struct)
    except (ValueError, json_format.Error):
        raise InvalidInput("a number was given that is none (NaN or infinite)") from None


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if isinstance(value, dict):
        if value.get(SIGNATURE) == OUTPUT:
            return None if value.get("secret") else _without_secrets(value.get("value"))
        if value.get(SIGNATURE) == SECRET:
            return None
        return {name: _without_secrets(item) for name, item in value.items()}
    return value


def _texts(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, dict):
        secret = (
            secret or value.get(SIGNATURE) == SECRET or bool(value.get(SIGNATURE) == OUTPUT and value.get("secret"))
        )
        inside = value.get("value") if SIGNATURE in value else list(value.values())
        yield from _texts(inside, secret=secret)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, secret=secret)
    elif secret and isinstance(value, str) and value not in UNKNOWNS:
        yield value


def _inward(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_inward(item) for item in value]
    if isinstance(value, dict):
        return _signed(value) if SIGNATURE in value else {name: _inward(item) for name, item in value.items()}
    return value


def _signed(value: Mapping[str, Any]) -> Any:
    match value[SIGNATURE]:
        case kind if kind == SECRET:
            return _inward(value.get("value"))
        case kind if kind == OUTPUT:
            # An output without a value is one that is not known yet.
            return _inward(value["value"]) if "value" in value else UNKNOWN
        case kind if kind == RESOURCE:
            # A program passed a resource where its id is meant; only a component has none at all.
            if "id" not in value:
                raise InvalidInput("a component was given where the id of one of its resources is meant")
            return _inward(value["id"] or UNKNOWN_STRING)
        case kind if kind in {ASSET, ARCHIVE}:
            raise InvalidInput("an asset or archive was given, and no property of this provider takes one")
    raise InvalidInput("a value of a kind was given that this provider does not know")


def _holds_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_secret(item) for item in value)
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET or (value.get(SIGNATURE) == OUTPUT and value.get("secret")):
            return True
        return any(_holds_secret(item) for item in value.values())
    return False


def _outward(value: Any) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN_STRING
    if isinstance(value, Mapping):
        return {name: _outward(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple | frozenset | set):
        return [_outward(item) for item in value]
    return value


def _wrapped(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties without those that are not known yet, at any depth."""
    return {name: value for name, value in values.items() if not has_unknown(value)}
