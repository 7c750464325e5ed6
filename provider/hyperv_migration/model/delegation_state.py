"""The state of a KerberosDelegation: the program's inputs, what was read, and what the undo needs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.account_control import (
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    has,
)
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import Inputs, State
from hyperv_migration.model.delegation import spelling
from hyperv_migration.model.delegation_accounts import Destination
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.difference import managed_names
from hyperv_migration.model.spn import key, keys
from hyperv_migration.model.terminal import printable


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How far the last change has come."""

    domain_controller: str
    replicated_to: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    new_ticket_needed: bool = False

    def as_state(self) -> dict[str, Any]:
        """Return the part of a resource's state that tells this."""
        return {
            "domainController": self.domain_controller,
            "replicatedTo": list(self.replicated_to),
            "pendingReplication": list(self.pending),
            "newTicketNeeded": self.new_ticket_needed,
        }


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a program asks for, with the accounts its names stand for."""

    inputs: Inputs
    destinations: tuple[Destination, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Every entry to be listed, each once."""
        every = {key(name): name for item in self.destinations for name in item.names}
        return tuple(every.values())

    def as_state(self) -> dict[str, Any]:
        """Return the inputs and what each destination's name stood for, so that no later call must look it up again."""
        accounts = {
            item.account.guid: {
                "declared": item.declared,
                "names": spellings_of(item),
                "servicePrincipalNames": list(item.names),
            }
            for item in self.destinations
        }
        return {**self.inputs, "destinationAccounts": accounts, "managed": managed_names(self.inputs)}


def spellings_of(destination: Destination) -> list[str]:
    """Return every spelling that names a destination's account, the program's own among them."""
    return sorted(destination.account.spellings | {spelling(destination.declared)})


def declared_names(state: State) -> tuple[str, ...]:
    """Return every entry the state's resource declares, whether it is there or not."""
    accounts: Mapping[str, Any] = state.get("destinationAccounts") or {}
    return tuple(name for account in accounts.values() for name in account["servicePrincipalNames"])


def observed(
    state: State, live: ComputerAccount, ledger: Ledger, renamed: Collection[str] = frozenset()
) -> dict[str, Any]:
    """Return the state, overlaid by what the source's account says now.

    A destination counts as there only with all its entries, and not if it has other names by now; the program's spelling
    of it stays (DESIGN §3).
    """
    present = keys(live.allowed_to_delegate_to)
    declared = keys(declared_names(state))
    return {
        **state,
        **ledger.as_state(),
        "destinations": [name for name in _complete(state, present) if name not in renamed],
        "protocolTransition": has(live.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION),
        "replaceUnconstrained": bool(state.get("replaceUnconstrained"))
        and not has(live.user_account_control, TRUSTED_FOR_DELEGATION),
        "servicePrincipalNames": [name for name in live.allowed_to_delegate_to if key(name) in declared],
        "sourceGuid": live.guid,
        "sourceDn": printable(live.distinguished_name),
        "sourceNames": sorted(live.spellings),
    }


_NAMES = frozenset({"sourceDn", "sourceNames"})
"""Say who the account is, not what it may do."""


def says_otherwise(fresh: State, state: State) -> bool:
    """Tell whether an account, as observed, is not as a state has it."""
    return any(fresh.get(name) != state.get(name) for name in fresh.keys() - _NAMES)


def _complete(state: State, present: frozenset[str]) -> list[str]:
    accounts: Sequence[Mapping[str, Any]] = list((state.get("destinationAccounts") or {}).values())
    there = {item["declared"] for item in accounts if keys(item["servicePrincipalNames"]) <= present}
    # The program's order first; one that had gone missing and is back again comes after.
    ordered = dict.fromkeys([*(state.get("destinations") or ()), *sorted(there)])
    return [name for name in ordered if name in there]
