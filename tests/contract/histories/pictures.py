"""What a directory looks like at one moment, past every client of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

DOMAIN = "lab.test"
MIGRATION = "Microsoft Virtual System Migration Service"

TRANSITION = 0x1000000
UNCONSTRAINED = 0x80000
BITS = TRANSITION | UNCONSTRAINED


@dataclass(frozen=True)
class Account:
    """One computer account; its entries are folded, as a KDC compares them."""

    name: str
    entries: frozenset[str]
    control: int
    version: int = field(default=0, compare=False)
    """The directory's own number of the last change; the same number means that nothing was written."""

    @property
    def transition(self) -> bool:
        """Whether "use any authentication protocol" is set."""
        return bool(self.control & TRANSITION)

    @property
    def unconstrained(self) -> bool:
        """Whether the account may delegate to everybody."""
        return bool(self.control & UNCONSTRAINED)

    def holding(self, entries: Iterable[str]) -> Account:
        """Return it with another list."""
        return replace(self, entries=folded(entries))

    def with_bit(self, bit: int, *, present: bool) -> Account:
        """Return it with one bit of userAccountControl as told."""
        return replace(self, control=self.control | bit if present else self.control & ~bit)


Picture = Mapping[str, Account]
"""Every computer account that is no domain controller, by objectGUID."""


def written(before: Picture, after: Picture) -> list[str]:
    """Return the names of the accounts that were written to at all between two looks."""
    return sorted(one.name for guid, one in after.items() if guid not in before or before[guid].version != one.version)


def folded(entries: Iterable[str]) -> frozenset[str]:
    """Return the entries as they are compared."""
    return frozenset(entry.casefold() for entry in entries)


def entries_for(name: str, services: Iterable[str]) -> frozenset[str]:
    """Return what a delegation to one host lists: its short and its full name for each service."""
    return folded(f"{service}/{form}" for service in services for form in (name, f"{name}.{DOMAIN}"))


def named(picture: Picture, name: str) -> str | None:
    """Return the objectGUID of the account that has this name now."""
    return next((guid for guid, account in picture.items() if account.name == name.upper()), None)
