"""Adopting a delegation that somebody else has set up, for `pulumi import`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import Role
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.delegation_accounts import Destination, resolve_source
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_state import Declared, Delivery, observed
from hyperv_migration.model.errors import NotFound
from hyperv_migration.model.spn import CIFS, MIGRATION_SERVICE, keys, names_of
from hyperv_migration.model.stamps import as_state
from hyperv_migration.operations.destinations import look_up
from hyperv_migration.operations.ports import DirectoryPort

_SERVICE_SETS = ((CIFS, MIGRATION_SERVICE), (MIGRATION_SERVICE,), (CIFS,))


def imported(name: str, directory: DirectoryPort) -> dict[str, Any]:
    """Return the state of a delegation as it is found; nothing counts as added, and no prior values are known.

    An account is a destination only if all its entries for all the services are there; other entries are foreign.
    """
    source = resolve_source(name, look_up([name], directory))
    listed = source.allowed_to_delegate_to
    hosts = dict.fromkeys(entry.split("/")[1].split(":")[0] for entry in listed if "/" in entry)
    found = directory.find_computers(list(hosts)) if hosts else {}
    accounts = {account.guid: account for group in found.values() for account in group if account.guid != source.guid}
    for services in _SERVICE_SETS:
        destinations = _complete(list(accounts.values()), services, listed)
        if destinations:
            return _state(name, source, services, destinations, directory)
    raise NotFound(
        f"{source.short_name} delegates to no host completely (short name and FQDN for each service), so there is nothing "
        "to import; declare a new KerberosDelegation instead, which leaves the entries it finds alone."
    )


def _complete(accounts: Sequence[ComputerAccount], services: Sequence[str], listed: Sequence[str]) -> list[Destination]:
    present = keys(listed)
    every = [
        Destination(declared=account.dns_host_name, account=account, names=names_of(account, services))
        for account in accounts
        if account.dns_host_name is not None
    ]
    whole = [destination for destination in every if keys(destination.names) <= present]
    return sorted(whole, key=lambda destination: destination.declared)


def _state(
    name: str,
    source: ComputerAccount,
    services: Sequence[str],
    destinations: list[Destination],
    directory: DirectoryPort,
) -> dict[str, Any]:
    defaults = {
        prop.name: prop.default
        for prop in DELEGATION.inputs
        if prop.role is not Role.IDENTITY and prop.default is not None
    }
    inputs = {
        **defaults,
        "source": name,
        "destinations": [destination.declared for destination in destinations],
        "services": list(services),
        "protocolTransition": True,  # overlaid below by what the account says
    }
    declared = Declared(inputs=inputs, destinations=tuple(destinations))
    delivery = Delivery(domain_controller=directory.domain_controller)
    return {**observed(declared.as_state(), source, Ledger()), **delivery.as_state(), **as_state(source.stamps)}
