"""From the names in a program to the accounts of the directory, and what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hyperv_migration.model.account_control import ACCOUNT_DISABLED, NOT_DELEGATED, has
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation import spelling
from hyperv_migration.model.distinguished_name import folded
from hyperv_migration.model.errors import Conflict, InvalidInput, NotFound
from hyperv_migration.model.spn import MIGRATION_SERVICE, by_key, key, names_of, owners

Found = Mapping[str, Sequence[ComputerAccount]]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One destination as the program spells it, its account, and the entries that a delegation to it lists."""

    declared: str
    account: ComputerAccount
    names: tuple[str, ...]
    where: str = "destination"
    """Where the program names it."""


def in_vain(source: ComputerAccount) -> str | None:
    """Return why a delegation would be of no use to a source; None if nothing speaks against it.

    No reason to refuse it: whoever set the mark may take it away before or after, and nothing is granted meanwhile.
    """
    if not has(source.user_account_control, NOT_DELEGATED):
        return None
    return (
        f"{source.short_name} is marked as sensitive (account is sensitive and cannot be delegated), so it gets no forwardable "
        "ticket and the KDC refuses it every delegation. Take the mark away with Set-ADAccountControl -AccountNotDelegated "
        "$false if migration is to work."
    )


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Why no delegation to a destination should be written."""

    names: tuple[str, ...]
    """The entries it is about."""
    reason: str
    remedy: str
    to_transition: bool
    """Whether it is one to protocol transition for entries that are there, too."""


def objections(
    destinations: Sequence[Destination], source: ComputerAccount, *, allow_domain_controller: bool
) -> tuple[Objection, ...]:
    """Return what speaks against destinations, as it would against a source: a domain controller, or a disabled account.

    A destination that is trusted for unconstrained delegation is none: it gains nothing by being delegated to.
    """
    found = []
    for destination in destinations:
        account, names = destination.account, destination.names
        if account.is_domain_controller and not allow_domain_controller:
            reason = (
                f"{destination.where} {destination.declared}: {account.short_name} is a domain controller, and delegation to "
                f"it makes {source.short_name} as powerful as a domain administrator"
            )
            remedy = "Name a member server as destination, or set allowDomainController if this is meant."
            found.append(Objection(names=names, reason=reason, remedy=remedy, to_transition=True))
        if has(account.user_account_control, ACCOUNT_DISABLED):
            reason = (
                f"{destination.where} {destination.declared}: the account {account.short_name} is disabled, and no ticket is "
                "issued for it"
            )
            remedy = "Enable it (Enable-ADAccount), or take it out of destinations."
            found.append(Objection(names=names, reason=reason, remedy=remedy, to_transition=False))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What a directory said of names: the accounts they stand for, and those it has out of sight."""

    domain: str
    found: Found
    beyond: Found = field(default_factory=dict)
    """Accounts that are in the domain, and not below directory.baseDn."""

    def only(self, where: str, name: str, otherwise: str | None = None) -> ComputerAccount:
        """Return the one account of a name; without any, the one of another name, as of an objectGUID that was known."""
        accounts = self.found.get(name) or self.found.get(otherwise or name, ())
        if not accounts and self.beyond.get(name):
            raise NotFound(
                f"{where} {name} is {self.beyond[name][0].distinguished_name}, which is not below directory.baseDn; set that "
                "to a place above it, or leave it out."
            )
        if not accounts:
            raise NotFound(
                f"{where} {name}: {self.domain} has no such computer account; check the name, or give the distinguished "
                "name. Source and destinations must be in one domain, because constrained delegation does not cross a trust."
            )
        if len(accounts) > 1:
            names = "; ".join(sorted(account.distinguished_name for account in accounts))
            raise Conflict(
                f"{where} {name} names {len(accounts)} accounts: {names}. Give a distinguished name or objectGUID."
            )
        return accounts[0]


def resolve_source(name: str, lookup: Lookup, guid: str | None = None) -> ComputerAccount:
    """Return the one account the source's name stands for; with a GUID, that account and no other."""
    anew = lookup.found.get(name, ())
    if guid is not None and not lookup.found.get(guid) and anew:
        raise NotFound(
            f"source {name}: the account this delegation was made for, objectGUID {guid}, is gone, and "
            f"{anew[0].distinguished_name} is another one, created since under its name (objectGUID {anew[0].guid}). Run "
            "pulumi refresh, which drops what is gone, and then up, which makes the delegation anew."
        )
    return lookup.only("source", guid or name)


def resolve_destinations(
    declared: Sequence[str],
    services: Sequence[str],
    source: ComputerAccount,
    lookup: Lookup,
    known: Mapping[str, str] | None = None,
) -> tuple[Destination, ...]:
    """Return the destinations with their accounts, each exactly one, none twice and none the source.

    `known` has the objectGUID a spelling stood for before: an account that was renamed since is found by it.
    """
    resolved: dict[str, Destination] = {}
    for index, name in enumerate(declared):
        guid = (known or {}).get(spelling(name))
        destination = resolve_destination(f"destinations[{index}]", name, services, source, lookup, guid)
        account = destination.account
        if (first := resolved.get(account.guid)) is not None:
            raise InvalidInput(
                f"{destination.where} {name} and {first.declared} are the same account, {account.distinguished_name}; name "
                "it once.",
                property_name=destination.where,
            )
        resolved[account.guid] = destination
    return tuple(resolved.values())


def resolve_destination(  # noqa: PLR0913, PLR0917 - what is looked for, and where
    where: str, name: str, services: Sequence[str], source: ComputerAccount, lookup: Lookup, guid: str | None
) -> Destination:
    """Return one destination with its account; `guid` is what the name stood for before, if that is known."""
    account = lookup.only(where, name, guid)
    if account.guid == source.guid:
        raise InvalidInput(f"{where} {name} is the source itself; name another host.", property_name=where)
    if account.dns_host_name is None:
        raise Conflict(
            f"{where} {name}: the account {account.distinguished_name} has no dNSHostName, from which the entries are "
            "made; join the host to the domain first."
        )
    return Destination(where=where, declared=name, account=account, names=names_of(account, services))


def check_owners(destinations: Sequence[Destination], found: Mapping[str, Sequence[str]]) -> None:
    """Make sure that a ticket for each entry goes to its destination and to nobody else.

    The directory accepts an entry that nobody carries, and live migration fails later with 0x80090303; one that two
    accounts carry fails with 0x80090322 (active-directory.md, 49 and 50).
    """
    every = by_key(found)
    for destination in destinations:
        check_owner(destination, every)


def check_owner(destination: Destination, carriers: Mapping[str, Sequence[str]]) -> None:
    """Make sure of it for one destination; the carriers stand under the folded names (`by_key`)."""
    account = destination.account
    for name in destination.names:
        found = owners(name, carriers)
        if not found:
            raise NotFound(f"No account carries the service principal name {name}; {_remedy(name, account)}")
        if len(found) > 1:
            raise Conflict(
                f"The service principal name {name} is on {len(found)} accounts: {'; '.join(sorted(found))}. Kerberos needs "
                "exactly one; remove it from the others with setspn -D."
            )
        if found[0] != account.distinguished_name and folded(found[0]) != folded(account.distinguished_name):
            raise Conflict(
                f"The service principal name {name} is on {found[0]}, not on {account.distinguished_name}; a ticket would go "
                "to the wrong account. Move it with setspn -D and setspn -S."
            )


def _remedy(name: str, account: ComputerAccount) -> str:
    command = f'setspn -S "{name}" {account.short_name}'
    if key(name).startswith(key(MIGRATION_SERVICE)):
        return (
            f"the Hyper-V service of {account.short_name} registers it when it starts, so install the role and restart "
            f"vmms there (event 14050 tells why it could not), or run {command}."
        )
    return f"register it with {command}, or leave its class out of services."
