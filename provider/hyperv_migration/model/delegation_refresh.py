"""What has become of a delegation's destinations since they were looked up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.delegation_accounts import (
    Destination,
    Lookup,
    check_owner,
    in_vain,
    objections,
    resolve_destination,
)
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_state import spellings_of
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.model.spn import by_key, keys

Accounts = Mapping[str, Mapping[str, Any]]
"""A state's destinationAccounts: by objectGUID, what was declared, its spellings and its entries."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """The destinations of a state as the directory has them by now."""

    accounts: Accounts
    """destinationAccounts anew. One that was renamed keeps its former entries until an update has changed them."""
    renamed: frozenset[str]
    """Destinations, as declared, whose present entries are not listed, or whose former ones this resource still keeps."""
    warnings: tuple[str, ...]


def refreshed(
    state: State, source: ComputerAccount, ledger: Ledger, lookup: Lookup, carriers: Mapping[str, Sequence[str]]
) -> Refreshed:
    """Compare what each destination stands for by now with what the state knows of it.

    A name is looked up as an update would. Nothing here fails: what an update would refuse, a refresh tells in a warning.
    """
    before: Accounts = state.get("destinationAccounts") or {}
    owned = by_key(carriers)
    now: dict[str, Destination] = {}
    warnings: list[str] = []
    for guid, known in before.items():
        try:
            now[guid] = resolve_destination("destination", known["declared"], state["services"], source, lookup, guid)
        except MigrationError as error:
            warnings.append(
                f"{source.short_name}: {error} Its entries stay listed, and count for whoever is given these names, until it "
                "is taken out of destinations."
            )
    listed, ours = keys(source.allowed_to_delegate_to), keys(ledger.added)
    needed = keys(name for destination in now.values() for name in destination.names)
    accounts: dict[str, Mapping[str, Any]] = {}
    renamed: set[str] = set()
    for guid, known in before.items():
        destination = now.get(guid)
        if destination is None:
            accounts[guid] = known
            continue
        former, present = keys(known["servicePrincipalNames"]), keys(destination.names)
        left_over = (former - needed) & ours
        settled = former == present or (present <= listed and not left_over)
        names = destination.names if settled else known["servicePrincipalNames"]
        accounts[destination.account.guid] = {
            "declared": known["declared"],
            "names": spellings_of(destination),
            "servicePrincipalNames": list(names),
        }
        if not settled:
            renamed.add(known["declared"])
        warnings += _told(destination, source, known_as=guid, lookup=lookup, settled=settled or present <= former)
        if settled or present <= former:
            warnings += _trouble(destination, source, owned)
    against = objections(tuple(now.values()), source, allow_domain_controller=bool(state.get("allowDomainController")))
    warnings += [f"{source.short_name}: {each.reason}. {each.remedy}" for each in against]
    if useless := in_vain(source):
        warnings.append(useless)
    return Refreshed(accounts=accounts, renamed=frozenset(renamed), warnings=tuple(warnings))


def _told(
    destination: Destination,
    source: ComputerAccount,
    *,
    known_as: str,
    lookup: Lookup,
    settled: bool,
) -> Iterable[str]:
    """Say, in one sentence, what a destination has become; `settled` says that no other entries are needed."""
    account, where = destination.account, f"{source.short_name}: the destination {destination.declared}"
    if account.guid != known_as:
        means = f"{where} is another account by now, {account.distinguished_name} ({account.guid})"
        if settled:
            yield f"{means}; an entry is a name, so the delegation counts for it."
            return
        former = next((found.distinguished_name for found in lookup.found.get(known_as, ())), "which is gone")
        yield (
            f"{means}. The list holds the names of the former account, {former} ({known_as}), and the delegation counts for "
            "these. The next up moves it to the new account: it lists the names of that, and takes away the former ones that "
            "were added."
        )
    elif not settled:
        yield (
            f"{where} was renamed to {account.short_name} "
            f"({account.dns_host_name}); the next up lists its present names, and takes away the former ones that were added."
        )


def _trouble(destination: Destination, source: ComputerAccount, carriers: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Say why no ticket is issued for the names of a destination, where that is so."""
    try:
        check_owner(destination, carriers)
    except MigrationError as error:
        yield f"{source.short_name}: {error}"
