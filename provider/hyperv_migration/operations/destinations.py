"""Looking up the accounts that a delegation names: for a write, and again for a refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import Inputs, State
from hyperv_migration.model.delegation import guids_of, spelling
from hyperv_migration.model.delegation_accounts import Lookup, check_owners, resolve_destinations, resolve_source
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_refresh import refreshed
from hyperv_migration.model.delegation_state import Declared, declared_names
from hyperv_migration.model.errors import AccessDenied
from hyperv_migration.model.spn import lookups
from hyperv_migration.operations.ports import DirectoryPort, Log


def look_up(names: Sequence[str], directory: DirectoryPort) -> Lookup:
    """Look names up in one search; in a second one, what directory.baseDn may hide."""
    found = directory.find_computers(list(dict.fromkeys(names)))
    missing = [name for name, accounts in found.items() if not accounts]
    return Lookup(domain=directory.domain, found=found, beyond=directory.beyond_base(missing))


def resolve(
    inputs: Inputs, directory: DirectoryPort, *, guid: str | None = None, state: State | None = None
) -> tuple[ComputerAccount, Declared]:
    """Return the source and what is declared: every account from one search, and who owns the entries from another.

    With a GUID the source is that account, whatever it is called by now. A destination is what its name stands for, else
    the account that the state knows under the name: one that was renamed.
    """
    source_name, names = inputs["source"], inputs["destinations"]
    known = guids_of((state or {}).get("destinationAccounts") or {})
    before = [known[spelling(name)] for name in names if spelling(name) in known]
    lookup = look_up([*([guid] if guid else []), source_name, *names, *before], directory)
    source = resolve_source(source_name, lookup, guid)
    destinations = resolve_destinations(names, inputs["services"], source, lookup, known)
    declared = Declared(inputs=inputs, destinations=destinations)
    check_owners(destinations, directory.owners_of(lookups(declared.names)))
    return source, declared


def look_again(
    state: State, source: ComputerAccount, ledger: Ledger, directory: DirectoryPort, log: Log
) -> tuple[Mapping[str, Any], frozenset[str]]:
    """Return the state's destinationAccounts as they are now, and which of them were renamed; one search."""
    accounts = state.get("destinationAccounts") or {}
    if not accounts:
        return accounts, frozenset()
    names = [*accounts, *(account["declared"] for account in accounts.values())]
    try:
        found, carriers = directory.survey(names, lookups(declared_names(state)))
    except AccessDenied as error:
        log.warning(f"The destinations of {source.short_name} could not be looked at: {error}")
        return accounts, frozenset()
    again = refreshed(state, source, ledger, Lookup(domain=directory.domain, found=found), carriers)
    for warning in again.warnings:
        log.warning(warning)
    return again.accounts, again.renamed
