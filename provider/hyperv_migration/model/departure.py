"""What a delegation that is destroyed before another one of the same account leaves for it to put back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.spn import keys


@dataclass(frozen=True, kw_only=True)
class Departure:
    """The ledger of a delegation as its destroy began, and the entries of others that were on the account then.

    The two bits are the account's, so as long as entries of others are there they stay. Whoever came later found them set,
    and would leave them so: only the one who came first knows how the account was before both.
    """

    ledger: Ledger
    beside: tuple[str, ...]

    @classmethod
    def of(cls, ledger: Ledger, live: ComputerAccount) -> Departure:
        """Take down what is known when the destroy begins."""
        ours = keys(ledger.added)
        return cls(ledger=ledger, beside=tuple(name for name in live.allowed_to_delegate_to if keys([name]) - ours))

    def concerns(self, ledger: Ledger) -> bool:
        """Tell whether entries of this ledger were there when the other one went; what came after found what it left."""
        return bool(keys(ledger.added) & keys(self.beside))

    def without(self, entries: Iterable[str]) -> Departure:
        """Return it as if these entries had not been there: what has their names now came later."""
        later = keys(entries)
        return replace(self, beside=tuple(name for name in self.beside if keys([name]) - later))

    def as_note(self) -> dict[str, Any]:
        """Return it as this machine notes it."""
        return {**self.ledger.as_state(), "beside": list(self.beside)}

    @classmethod
    def from_note(cls, note: Mapping[str, Any]) -> Departure:
        """Read it back."""
        return cls(ledger=Ledger.of(note), beside=tuple(note.get("beside") or ()))


def with_departures(ledger: Ledger, departures: Iterable[Departure]) -> Ledger:
    """Return a ledger with what those knew who went before it, as far as they were there before it."""
    for departure in departures:
        ledger = ledger.inheriting(departure.ledger, ())
    return ledger
