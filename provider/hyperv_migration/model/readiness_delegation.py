"""The prerequisites of one direction in the directory: the source acts for users towards the destination. Pure."""

from __future__ import annotations

from collections.abc import Callable

from hyperv_migration.model.account_control import (
    ACCOUNT_DISABLED,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    has,
)
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_accounts import Destination, check_owners
from hyperv_migration.model.errors import Conflict, NotFound
from hyperv_migration.model.readiness import Check, Finding, joined, no, unknown, yes
from hyperv_migration.model.readiness_seen import DirectionSeen
from hyperv_migration.model.spn import CIFS, MIGRATION_SERVICE, key, keys, names_of

SERVICES = (CIFS, MIGRATION_SERVICE)
_NOT_NEEDED = "Both hosts use CredSSP, which needs no delegation."


def _accounts(direction: DirectionSeen) -> Finding:
    if direction.directory.accounts is None:
        return unknown(direction.directory.trouble)
    for host in (direction.source, direction.destination):
        found = direction.accounts_of(host)
        if not found:
            return no(f"There is no computer account of {host}.")
        if len(found) > 1:
            return no(f"{host} names {len(found)} accounts: {joined(each.distinguished_name for each in found)}.")
        if has(found[0].user_account_control, ACCOUNT_DISABLED):
            return no(f"The account {found[0].distinguished_name} is disabled.")
    return yes("Both have one, and it is enabled.")


def _of_both(
    judge: Callable[[DirectionSeen, ComputerAccount, ComputerAccount], Finding],
) -> Callable[[DirectionSeen], Finding]:
    """Judge where both accounts are known, and delegation is needed at all."""

    def judged(direction: DirectionSeen) -> Finding:
        if not direction.needed:
            return yes(_NOT_NEEDED)
        sources, destinations = (direction.accounts_of(host) for host in (direction.source, direction.destination))
        if direction.directory.accounts is None:
            return unknown(direction.directory.trouble)
        if len(sources) != 1 or len(destinations) != 1:
            return unknown("It is not known which accounts the two hosts have.", "See the row accounts.")
        return judge(direction, sources[0], destinations[0])

    return judged


@_of_both
def _delegated(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    del direction
    listed = keys(source.allowed_to_delegate_to)
    missing = [name for name in names_of(destination, SERVICES) if key(name) not in listed]
    if not missing:
        return yes("Every entry is listed, with short name and FQDN.")
    said = f"{source.short_name} does not list {joined(missing)}."
    if all(key(name).startswith(f"{CIFS}/") for name in missing):
        return no(f"{said} Memory moves so, storage does not.")
    return no(said)


@_of_both
def _transition(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    del direction, destination
    if has(source.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION):
        return yes("It is on: any authentication protocol.")
    return no("It is off: Kerberos only.")


@_of_both
def _constrained(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    del direction, destination
    if has(source.user_account_control, TRUSTED_FOR_DELEGATION):
        return no("It is trusted for delegation to any service.")
    return yes("It is not trusted for delegation to any service.")


@_of_both
def _names(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    del source
    if destination.dns_host_name is None:
        return no(f"{destination.distinguished_name} has no dNSHostName.", "Join the host to the domain again.")
    if direction.directory.carriers is None:
        return unknown(direction.directory.trouble)
    names = names_of(destination, SERVICES)
    try:
        check_owners(
            [Destination(declared=direction.destination, account=destination, names=names)],
            direction.directory.carriers,
        )
    except (NotFound, Conflict) as error:
        return no(str(error))
    return yes("Each is registered, on this account only.")


@_of_both
def _classic(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    if direction.directory.resource_based is None:
        return unknown(direction.directory.trouble)
    complete = keys(names_of(destination, SERVICES)) <= keys(source.allowed_to_delegate_to)
    if destination.guid in direction.directory.resource_based and not complete:
        return no(
            f"{destination.short_name} has msDS-AllowedToActOnBehalfOfOtherIdentity, and the classic list of "
            f"{source.short_name} is not complete."
        )
    return yes("No resource-based delegation stands in for the classic one.")


_LOOK = "Get-ADComputer -Properties msDS-AllowedToDelegateTo, userAccountControl, servicePrincipalName"

DIRECTION_CHECKS: tuple[Check[DirectionSeen], ...] = (
    Check(
        id="accounts",
        question="Have {source} and {destination} exactly one computer account each, and is it enabled?",
        judge=_accounts,
        remedy="Join the host to the domain, enable its account (Enable-ADAccount), or name it by its FQDN.",
        look="Get-ADComputer",
    ),
    Check(
        id="delegation",
        question="May {source} act for users towards every service of {destination} that migration needs?",
        judge=_delegated,
        remedy="Declare a KerberosDelegation for this direction, or a MigrationPair for both.",
        look=_LOOK,
    ),
    Check(
        id="protocolTransition",
        question="May {source} act so whatever protocol the user signed in with (protocol transition)?",
        judge=_transition,
        remedy="Leave protocolTransition true in the KerberosDelegation (Set-ADAccountControl -TrustedToAuthForDelegation).",
        look=_LOOK,
    ),
    Check(
        id="notUnconstrained",
        question="Is {source} not trusted for delegation to any service whatever?",
        judge=_constrained,
        remedy="Declare replaceUnconstrained in its KerberosDelegation.",
        look=_LOOK,
    ),
    Check(
        id="servicePrincipalNames",
        question="Is every service principal name of {destination} that migration uses registered exactly once?",
        judge=_names,
        remedy="Find them with setspn -Q, and move them with setspn -D and setspn -S.",
        look="setspn -L",
    ),
    Check(
        id="classicDelegation",
        question="Does delegation from {source} to {destination} rest on more than the resource-based kind?",
        judge=_classic,
        remedy="Declare a KerberosDelegation: resource-based delegation alone is not known to be enough for live migration.",
        look="Get-ADComputer -Properties PrincipalsAllowedToDelegateToAccount",
    ),
)
