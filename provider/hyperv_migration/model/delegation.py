"""KerberosDelegation: the source host may act for users towards services of the destination hosts.

Classic constrained delegation (active-directory.md §1): two attributes of the source's computer account, nothing on the
destinations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hyperv_migration.model.computers import is_distinguished_name, is_guid, validate_account_name
from hyperv_migration.model.declaration import Declaration, Failure, Inputs, Kind, Property, Record, Role, State
from hyperv_migration.model.delegation_guide import DELEGATION_GUIDE
from hyperv_migration.model.difference import Difference, compare
from hyperv_migration.model.distinguished_name import folded
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.spn import CIFS, MIGRATION_SERVICE, keys, validate_services
from hyperv_migration.model.unknown import has_unknown

DELEGATE_TO = "msDS-AllowedToDelegateTo"
ACCOUNT_CONTROL = "userAccountControl"


def spelling(name: str) -> str:
    """Return the form in which two ways to write one name are equal: no case, no final dot, no braces, a DN's own form."""
    text = name.strip()
    if is_guid(text):
        return text.casefold().strip("{}")
    return folded(text) if is_distinguished_name(text) else text.casefold().rstrip(".")


def _first_label(name: str) -> str | None:
    """Return the host part of a DNS name or sAMAccountName; a DN and a GUID have none that could be told."""
    text = spelling(name)
    return None if is_guid(text) or is_distinguished_name(text) else text.removesuffix("$").split(".")[0]


def _one_account(name: str, other: str) -> bool:
    """Tell whether two spellings surely name one account of one domain: HV01, HV01$ and hv01.corp.example do."""
    if spelling(name) == spelling(other):
        return True
    label = _first_label(name)
    short = "." not in spelling(name) or "." not in spelling(other)
    return short and label is not None and label == _first_label(other)


def _validate_destinations(names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        try:
            validate_account_name(name)
        except InvalidInput as error:
            raise InvalidInput(f"destinations[{index}]: {error}", property_name=f"destinations[{index}]") from error


def _cross_check(inputs: Inputs) -> list[Failure]:
    """Find the source among the destinations, and a destination that is there twice, as far as spelling tells."""
    destinations = inputs.get("destinations")
    if not isinstance(destinations, list):
        return []
    failures = []
    source = inputs.get("source")
    # Only names with a label in common can be one account, so that a hundred hosts are not compared each with each.
    alike: dict[str | None, list[str]] = {}
    for index, name in enumerate(destinations):
        where = f"destinations[{index}]"
        if not isinstance(name, str):
            continue
        before = alike.setdefault(_first_label(name), [])
        if isinstance(source, str) and _one_account(source, name):
            reason = f"{where} is the source itself; a host needs no delegation to itself"
            failures.append(Failure(property_name=where, reason=reason))
        if any(_one_account(other, name) for other in before):
            failures.append(
                Failure(property_name=where, reason=f"{where} {name!r} is there twice; name each host once")
            )
        before.append(name)
    return failures


def _same_account(_prop: Property, state: State, new: Any) -> bool:
    known = {spelling(name) for name in (*(state.get("sourceNames") or ()), state.get("source")) if name}
    return isinstance(new, str) and spelling(new) in known


def guids_of(accounts: Mapping[str, Any]) -> dict[str, str]:
    """Return, from a state's destinationAccounts, the objectGUID each spelling stood for."""
    return {spelling(name): guid for guid, account in accounts.items() for name in account["names"]}


def destination_keys(state: State, names: Sequence[str]) -> frozenset[str]:
    """Return what the spellings stand for: the objectGUID where the state knows it, else the spelling itself."""
    accounts: Mapping[str, Any] = state.get("destinationAccounts") or {}
    known = guids_of(accounts)
    return frozenset(known.get(spelling(name), spelling(name)) for name in names)


def _only_respelled(name: str, state: State, news: Inputs) -> bool:
    if name == "source":
        return True
    if name != "destinations" or name not in (state.get("managed") or ()) or has_unknown(news[name]):
        return False
    return destination_keys(state, state.get(name) or ()) == destination_keys(state, news[name])


def difference(state: State, news: Inputs) -> Difference:
    """Compare state and program; another source account is another delegation, another spelling is no difference."""
    found = compare(DELEGATION, state, news, _same_account)
    changed = [name for name in found.changed if name in found.replaced or not _only_respelled(name, state, news)]
    # An operation that ended before every domain controller had the change is completed by the next update.
    waiting = state.get("pendingReplication") and news.get("waitForReplication") != "None"
    if waiting and "waitForReplication" not in changed:
        changed.append("waitForReplication")
    return Difference(changed=tuple(changed), replaced=found.replaced)


def _folded_names(names: Sequence[str]) -> list[str]:
    return sorted(spelling(name) for name in names)


def _folded_services(services: Sequence[str]) -> list[str]:
    return sorted(keys(services))


_INPUTS = (
    Property(
        name="source",
        kind=Kind.STRING,
        role=Role.IDENTITY,
        required=True,
        validate=validate_account_name,
        canonical=spelling,
        description=(
            "The computer account that may delegate: short name, FQDN, sAMAccountName, distinguished name or objectGUID."
        ),
        cmdlet="Set-ADComputer -Identity",
        maps_to="objectGUID",
    ),
    Property(
        name="destinations",
        kind=Kind.STRINGS,
        required=True,
        not_empty=True,
        validate=_validate_destinations,
        canonical=_folded_names,
        description="The hosts towards which the source may act for a user, named in the same forms as source.",
        cmdlet="Set-ADComputer -Add @{'msDS-AllowedToDelegateTo'=…}",
        maps_to=DELEGATE_TO,
    ),
    Property(
        name="services",
        kind=Kind.STRINGS,
        not_empty=True,
        default=(CIFS, MIGRATION_SERVICE),
        validate=validate_services,
        canonical=_folded_services,
        description=(
            "Service classes of the destinations; short name and FQDN of each are listed. cifs is for storage moves and "
            "SMB storage; with protocol transition it lets the source open file shares of the destinations as any user "
            "who is not marked as sensitive or protected."
        ),
        cmdlet="Set-ADComputer -Add @{'msDS-AllowedToDelegateTo'=…}",
        maps_to=DELEGATE_TO,
    ),
    Property(
        name="protocolTransition",
        kind=Kind.BOOLEAN,
        default=True,
        description=(
            "Use any authentication protocol (true) or Kerberos only (false). Windows Server 2016 and later need true "
            "for migrations that are started from another machine."
        ),
        cmdlet="Set-ADAccountControl -TrustedToAuthForDelegation",
        maps_to=f"{ACCOUNT_CONTROL} 0x1000000",
    ),
    Property(
        name="replaceUnconstrained",
        kind=Kind.BOOLEAN,
        role=Role.OPTION,
        default=False,
        description=(
            "Take away unconstrained delegation if the source has it, and give it back on destroy; otherwise such a "
            "source is refused."
        ),
        cmdlet="Set-ADAccountControl -TrustedForDelegation",
        maps_to=f"{ACCOUNT_CONTROL} 0x80000",
    ),
    Property(
        name="allowDomainController",
        kind=Kind.BOOLEAN,
        role=Role.OPTION,
        description=(
            "Allow a domain controller as destination. Delegation to one makes the source as powerful as a domain "
            "administrator: with cifs it opens every share there as any user, SYSVOL included."
        ),
    ),
    Property(
        name="waitForReplication",
        kind=Kind.STRING,
        enum="ReplicationWait",
        role=Role.OPTION,
        values={
            "HostSite": "The writable domain controllers of the source's site.",
            "AllWritable": "Every writable domain controller of the domain.",
            "None": "None but the one that was written to.",
        },
        default="HostSite",
        description="Which domain controllers must show the change before the operation ends.",
    ),
    Property(
        name="purgeTickets",
        kind=Kind.BOOLEAN,
        role=Role.OPTION,
        default=False,
        description="Purge the Kerberos tickets of the source host's system accounts after a change, over WinRM.",
        cmdlet="klist -li 0x3e7 purge",
    ),
    Property(
        name="onDestroy",
        kind=Kind.STRING,
        enum="DelegationTeardown",
        role=Role.OPTION,
        values={
            "RemoveAdded": "The entries this resource added, and no others.",
            "RemoveDeclared": "Every entry this resource declares, also those that were found.",
        },
        default="RemoveAdded",
        description="What destroy removes: the entries this resource added, or every entry it declares.",
    ),
    Property(
        name="profile",
        kind=Kind.STRING,
        role=Role.OPTION,
        description="Which connection profile of the configuration to use; unset picks it by name patterns.",
    ),
)

_DESTINATION = Record(
    name="DelegationDestination",
    description="A destination of a delegation and what its name stood for.",
    keyed=True,
    fields=(
        Property(name="declared", kind=Kind.STRING, always=True, description="How the program spells it."),
        Property(name="names", kind=Kind.STRINGS, always=True, description="Every spelling that names the account."),
        Property(
            name="servicePrincipalNames",
            kind=Kind.STRINGS,
            always=True,
            description="The entries that a delegation to it lists.",
            maps_to=DELEGATE_TO,
        ),
    ),
)

_WRITE = Record(
    name="DelegationWrite",
    description="One write of an attribute, as every domain controller that has it tells it.",
    keyed=True,
    fields=(
        Property(name="version", kind=Kind.INTEGER, always=True, description="How often the attribute was written."),
        Property(
            name="invocationId",
            kind=Kind.STRING,
            always=True,
            description="The database of the domain controller that the write was made on.",
            maps_to="replPropertyMetaData",
        ),
        Property(
            name="usn",
            kind=Kind.STRING,
            always=True,
            description="The number of the write in that database.",
            maps_to="replPropertyMetaData",
        ),
    ),
)

_OUTPUTS = (
    Property(
        name="servicePrincipalNames",
        kind=Kind.STRINGS,
        always=True,
        description="The declared entries that the source's list holds.",
        maps_to=DELEGATE_TO,
    ),
    Property(
        name="addedServicePrincipalNames",
        kind=Kind.STRINGS,
        always=True,
        description="The entries this resource put there and that are still there; destroy removes these.",
        maps_to=DELEGATE_TO,
    ),
    Property(
        name="sourceGuid",
        kind=Kind.STRING,
        always=True,
        lasting=True,
        description="The source's objectGUID; the resource's id.",
    ),
    Property(
        name="sourceDn",
        kind=Kind.STRING,
        always=True,
        lasting=True,
        description="The source's distinguished name, as last read.",
    ),
    Property(name="sourceNames", kind=Kind.STRINGS, lasting=True, description="Every spelling that names the source."),
    Property(
        name="destinationAccounts",
        kind=Kind.MAP,
        record=_DESTINATION,
        description="The destinations as they were resolved, by objectGUID.",
    ),
    Property(
        name="servicePrincipalNamesBefore",
        kind=Kind.STRINGS,
        lasting=True,
        description="The source's list as it was found at create.",
        maps_to=DELEGATE_TO,
    ),
    Property(
        name="protocolTransitionBefore",
        kind=Kind.BOOLEAN,
        lasting=True,
        description="Whether protocol transition was found set at create.",
        maps_to=f"{ACCOUNT_CONTROL} 0x1000000",
    ),
    Property(
        name="writtenProtocolTransition",
        kind=Kind.BOOLEAN,
        description="What this resource last wrote to protocol transition; unset if it never did.",
        maps_to=f"{ACCOUNT_CONTROL} 0x1000000",
    ),
    Property(
        name="clearedUnconstrained",
        kind=Kind.BOOLEAN,
        description="Whether this resource took unconstrained delegation away, to be given back on destroy.",
        maps_to=f"{ACCOUNT_CONTROL} 0x80000",
    ),
    Property(
        name="domainController", kind=Kind.STRING, always=True, description="The domain controller last written to."
    ),
    Property(name="replicatedTo", kind=Kind.STRINGS, description="Domain controllers seen to have the last change."),
    Property(
        name="writtenTo",
        kind=Kind.MAP,
        record=_WRITE,
        description=(
            "The writes by which the source's attributes have the values of this state, by attribute: what a domain "
            "controller that lags is told by from one on which somebody changed something."
        ),
    ),
    Property(
        name="pendingReplication",
        kind=Kind.STRINGS,
        description="Domain controllers that did not have the last change when replicationTimeout was over.",
    ),
    Property(
        name="newTicketNeeded",
        kind=Kind.BOOLEAN,
        always=True,
        description=(
            "The last change takes effect with new tickets only. Run klist -li 0x3e7 purge on the source host, or wait "
            "about 15 minutes."
        ),
    ),
    Property(name="journalId", kind=Kind.STRING, description="The note this machine keeps until the state is known."),
    Property(name="managed", kind=Kind.STRINGS, always=True, description="The inputs the program declares."),
)

DELEGATION = Declaration(
    name="KerberosDelegation",
    description=(
        "Classic Kerberos constrained delegation from one Hyper-V host to others, as live migration needs it. "
        "Source and destinations are in one domain."
    ),
    rights=(
        "Write access to msDS-AllowedToDelegateTo and userAccountControl of the source's account, and the user right "
        "SeEnableDelegationPrivilege on the domain controllers (Domain Admins have both)."
    ),
    teardown=(
        "The entries this resource added are removed; entries found at create stay, with onDestroy RemoveDeclared the "
        "declared ones go too. Protocol transition is switched off when the list becomes empty, unless it was found on "
        "with an empty list. Unconstrained delegation that was taken away is given back. Tickets that were issued before "
        "stay valid until they expire, 15 minutes for S4U tickets."
    ),
    guide=DELEGATION_GUIDE,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    cross_check=_cross_check,
)
