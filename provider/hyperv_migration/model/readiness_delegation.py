"""The prerequisites of one direction in the directory: the source acts for users towards the destination. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hyperv_migration.model.account_control import (
    ACCOUNT_DISABLED,
    NOT_DELEGATED,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    has,
)
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_accounts import Destination, check_owners
from hyperv_migration.model.errors import Conflict, NotFound
from hyperv_migration.model.readiness import Check, Finding, joined, no, unknown, yes
from hyperv_migration.model.readiness_seen import DirectionSeen
from hyperv_migration.model.replication import shows
from hyperv_migration.model.spn import CIFS, MIGRATION_SERVICE, key, keys, names_of

SERVICES = (CIFS, MIGRATION_SERVICE)
_NOT_NEEDED = "Both hosts use CredSSP, which needs no delegation; this is what Kerberos would find."


def _accounts(direction: DirectionSeen) -> Finding:
    if direction.directory.accounts is None:
        return unknown(direction.directory.trouble)
    for host in (direction.source, direction.destination):
        found = direction.accounts_of(host)
        if not found and direction.directory.beyond.get(host):
            hidden = direction.directory.beyond[host][0].distinguished_name
            return no(
                f"{hidden} is not below directory.baseDn.",
                "Set directory.baseDn to a place above both, or leave it out.",
            )
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
    """Judge where both accounts are known; where no delegation is needed, what is so is advice."""

    def judged(direction: DirectionSeen) -> Finding:
        finding = of_accounts(direction)
        if direction.needed:
            return finding
        return replace(finding, reason=f"{finding.reason} {_NOT_NEEDED}", advice=True)

    def of_accounts(direction: DirectionSeen) -> Finding:
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
def _may_delegate(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    del direction, destination
    if has(source.user_account_control, NOT_DELEGATED):
        return no(
            "It is marked as sensitive, so it gets no forwardable ticket and the KDC refuses it every delegation."
        )
    return yes("It is not marked as sensitive.")


@_of_both
def _replicated(direction: DirectionSeen, source: ComputerAccount, destination: ComputerAccount) -> Finding:
    if direction.directory.replicas is None:
        return replace(unknown(direction.directory.trouble), advice=True)
    answers = direction.directory.replicas.get(direction.source, {})
    names = names_of(destination, SERVICES)
    silent = [name for name, answer in answers.items() if answer.unreachable is not None]
    late = [name for name, answer in answers.items() if name not in silent and not shows(answer.account, source, names)]
    if late:
        return no(f"{joined(late)} shows another list or other bits of {source.short_name}.")
    if silent:
        # It may have been dead for long, and no host asks it then.
        return replace(unknown(f"{joined(silent)} did not answer."), advice=True)
    if not answers:
        return yes("There is no other one.")
    return yes(f"{joined(answers)} shows the same.")


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
        id="notSensitive",
        question='Is {source} not marked as "sensitive and cannot be delegated"?',
        judge=_may_delegate,
        remedy="Take the mark away: Set-ADAccountControl -AccountNotDelegated $false.",
        look="Get-ADComputer -Properties AccountNotDelegated",
    ),
    Check(
        id="replicated",
        question="Do the other domain controllers that {source} may ask show the same of its delegation?",
        judge=_replicated,
        remedy="Wait for replication, or find out what holds it up: repadmin /showrepl.",
        look="repadmin /showrepl, and Get-ADComputer -Server for each of them",
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
