"""LDAP requests and responses as plain records, free of how they are encoded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from hyperv_migration.lab.directory.filters import Filter
from hyperv_migration.lab.directory.results import Result


class Scope(IntEnum):
    """How deep a search goes."""

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2


class Action(IntEnum):
    """What one change of a modify does."""

    ADD = 0
    DELETE = 1
    REPLACE = 2
    INCREMENT = 3


@dataclass(frozen=True)
class Control:
    """A control beside a request or a response."""

    oid: str
    critical: bool = False
    value: bytes = b""


@dataclass(frozen=True)
class Bind:
    """A sign-in, or one leg of it."""

    version: int
    name: str
    password: bytes | None = None
    """The password of a simple bind, else None."""
    mechanism: str | None = None
    """The SASL mechanism, else None; neither means an unsupported kind of bind."""
    token: bytes = b""

    def __repr__(self) -> str:
        return f"Bind(version={self.version}, name={self.name!r}, mechanism={self.mechanism!r})"


@dataclass(frozen=True)
class Unbind:
    """The client says goodbye."""


@dataclass(frozen=True)
class Abandon:
    """The client no longer waits for an answer; answers here come at once, so there is nothing to do."""


@dataclass(frozen=True)
class Search:
    """A search."""

    base: str
    scope: Scope
    size_limit: int
    types_only: bool
    filter: Filter
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Modification:
    """One change of a modify."""

    action: Action
    attribute: str
    values: tuple[bytes, ...]


@dataclass(frozen=True)
class Modify:
    """A modify; all of it happens or nothing."""

    name: str
    changes: tuple[Modification, ...]


@dataclass(frozen=True)
class Add:
    """A new object."""

    name: str
    attributes: tuple[tuple[str, tuple[bytes, ...]], ...]


@dataclass(frozen=True)
class Delete:
    """The end of an object."""

    name: str


@dataclass(frozen=True)
class Rename:
    """A new name, perhaps a new place, for an object (modifyDN)."""

    name: str
    new_name: str
    delete_old: bool
    new_parent: str | None


@dataclass(frozen=True)
class Compare:
    """A question whether an attribute has a value."""

    name: str
    attribute: str
    value: bytes


@dataclass(frozen=True)
class Extended:
    """An extended operation."""

    oid: str
    value: bytes | None


Request = Bind | Unbind | Abandon | Search | Modify | Add | Delete | Rename | Compare | Extended


@dataclass(frozen=True)
class Message:
    """A request as it came in."""

    number: int
    request: Request
    controls: tuple[Control, ...]


@dataclass(frozen=True)
class FoundEntry:
    """One object a search found, as it is sent."""

    name: str
    attributes: tuple[tuple[str, tuple[bytes, ...]], ...]


@dataclass(frozen=True)
class FoundReference:
    """A pointer to where a search may go on."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """How a request ended, as it is sent; the kind of the request decides the kind of response."""

    result: Result
    controls: tuple[Control, ...] = ()
    token: bytes | None = None
    """What a SASL bind hands back."""
    response_name: str = ""
    response_value: bytes | None = None


Response = FoundEntry | FoundReference | Answer
