"""The table of faults and operations as data: what is done to whom, what may come out, and what cannot happen.

A cell without a reason against it is a test (`test_cells`, `test_killed`, `test_replication_stalled`); the same data,
rendered, stands in docs/fidelity.md and at the end of a test run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hyperv_migration.model.errors import (
    AuthenticationFailed,
    Conflict,
    MigrationError,
    RemoteFault,
    TimedOut,
    Unreachable,
)

RESOURCES = ("MigrationHost", "MigrationNetwork", "KerberosDelegation")
OPERATIONS = ("create", "update", "read", "delete")
HOSTS = RESOURCES[:2]
DIRECTORY = RESOURCES[2:]

_READS = "a read writes nothing"
_NO_DIRECTORY = "the directory is not asked"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault: the errors it may end in, and why it cannot meet some resources or operations."""

    name: str
    title: str
    errors: tuple[type[MigrationError], ...]
    never: Mapping[str, str] = field(default_factory=dict)
    """A resource or an operation, and the reason."""


ROWS = (
    Row(name="refused", title="connection refused", errors=(Unreachable,)),
    Row(name="reset-before", title="reset before the request is done", errors=(Unreachable,)),
    Row(
        name="reset-after",
        title="reset after the write, answer lost",
        errors=(Unreachable,),
        never={"read": _READS},
    ),
    Row(name="delay", title="delay beyond the operation timeout", errors=(TimedOut,)),
    Row(name="unauthorized", title="401 (LDAP: bind refused with 49)", errors=(AuthenticationFailed,)),
    Row(name="server-error", title="HTTP 500 (LDAP: result 52)", errors=(RemoteFault,)),
    Row(
        name="failed-job",
        title="failed job",
        errors=(RemoteFault,),
        never={"KerberosDelegation": "LDAP has no jobs", "read": "only methods that write start jobs"},
    ),
    Row(name="killed", title="SIGKILL of the provider after the write", errors=(), never={"read": _READS}),
    Row(
        name="dc-down",
        title="domain controller down",
        errors=(Unreachable,),
        never=dict.fromkeys(HOSTS, _NO_DIRECTORY),
    ),
    Row(
        name="dc-frozen",
        title="domain controller frozen",
        errors=(TimedOut,),
        never=dict.fromkeys(HOSTS, _NO_DIRECTORY),
    ),
    Row(
        name="stalled",
        title="replication stalled",
        errors=(TimedOut,),
        never=dict.fromkeys(HOSTS, _NO_DIRECTORY),
    ),
    Row(name="lost-race", title="lost race", errors=(Conflict, RemoteFault), never={"read": _READS}),
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One fault against one operation of one resource."""

    row: Row
    resource: str
    operation: str

    @property
    def never(self) -> str:
        """Why this cannot happen; empty where it can."""
        return self.row.never.get(self.resource) or self.row.never.get(self.operation) or ""

    @property
    def name(self) -> str:
        """What a test of this cell is called."""
        return f"{self.row.name}-{self.resource}-{self.operation}"


def cells(*rows: str) -> Iterator[Cell]:
    """Every cell, or those of some rows."""
    for row in ROWS:
        if not rows or row.name in rows:
            yield from (
                Cell(row=row, resource=resource, operation=operation)
                for resource in RESOURCES
                for operation in OPERATIONS
            )


def possible(*rows: str) -> list[Cell]:
    """The cells that can happen."""
    return [cell for cell in cells(*rows) if not cell.never]


def rendered(marks: Mapping[str, str]) -> list[list[str]]:
    """The table as rows of texts, with a mark for the name of each cell."""
    head = ["fault", *(f"{resource} {operation}" for resource in RESOURCES for operation in OPERATIONS)]
    return [head, *([row.title, *(marks[cell.name] for cell in cells(row.name))] for row in ROWS)]


def reasons() -> list[str]:
    """Why cells are empty, one sentence a row."""
    return [f"{row.title}: " + "; ".join(dict.fromkeys(row.never.values())) for row in ROWS if row.never]
