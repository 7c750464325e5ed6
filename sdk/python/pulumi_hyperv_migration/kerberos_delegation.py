"""Generated from the property declarations by `make sdk`; never edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from pulumi_hyperv_migration._resource import MigrationResource, resource_options
from pulumi_hyperv_migration.providers import KerberosDelegationProvider


class KerberosDelegation(MigrationResource, module="hyperv-migration", name="KerberosDelegation"):
    """Classic Kerberos constrained delegation from one Hyper-V host to others, as live migration needs it.

    Source and destinations are in one domain.

    Rights: Write access to msDS-AllowedToDelegateTo and userAccountControl of the source's account, and the user
    right SeEnableDelegationPrivilege on the domain controllers (Domain Admins have both).

    Destroy: The entries this resource added are removed; entries found at create stay, with onDestroy
    RemoveDeclared the declared ones go too. Protocol transition is switched off when the list becomes empty, unless
    it was found on with an empty list. Unconstrained delegation that was taken away is given back. Tickets that
    were issued before stay valid until they expire, 15 minutes for S4U tickets.
    """

    source: pulumi.Output[str]
    """The computer account that may delegate: short name, FQDN, sAMAccountName, distinguished name or objectGUID.

    Cmdlet: Set-ADComputer -Identity. On the target: objectGUID.
    """

    destinations: pulumi.Output[list[str]]
    """The hosts towards which the source may act for a user, named in the same forms as source.

    Cmdlet: Set-ADComputer -Add @{'msDS-AllowedToDelegateTo'=…}. On the target: msDS-AllowedToDelegateTo.
    """

    services: pulumi.Output[list[str]]
    """Service classes of the destinations; short name and FQDN of each are listed.

    cifs is for storage moves and SMB storage; with protocol transition it lets the source open file shares of the
    destinations as any user who is not marked as sensitive or protected. Default: ('cifs', 'Microsoft Virtual
    System Migration Service'). Cmdlet: Set-ADComputer -Add @{'msDS-AllowedToDelegateTo'=…}. On the target:
    msDS-AllowedToDelegateTo.
    """

    protocol_transition: pulumi.Output[bool]
    """Use any authentication protocol (true) or Kerberos only (false).

    Windows Server 2016 and later need true for migrations that are started from another machine. Default: True.
    Cmdlet: Set-ADAccountControl -TrustedToAuthForDelegation. On the target: userAccountControl 0x1000000.
    """

    replace_unconstrained: pulumi.Output[bool]
    """Take away unconstrained delegation if the source has it, and give it back on destroy.

    Otherwise such a source is refused. Default: False. Cmdlet: Set-ADAccountControl -TrustedForDelegation. On the
    target: userAccountControl 0x80000.
    """

    allow_domain_controller: pulumi.Output[bool]
    """Allow a domain controller as destination.

    Delegation to one makes the source as powerful as a domain administrator: with cifs it opens every share there
    as any user, SYSVOL included.
    """

    wait_for_replication: pulumi.Output[str]
    """Which domain controllers must show the change before the operation ends.

    One of HostSite, AllWritable, None. Default: HostSite.
    """

    purge_tickets: pulumi.Output[bool]
    """Purge the Kerberos tickets of the source host's system accounts after a change, over WinRM.

    Default: False. Cmdlet: klist -li 0x3e7 purge.
    """

    on_destroy: pulumi.Output[str]
    """What destroy removes: the entries this resource added, or every entry it declares.

    One of RemoveAdded, RemoveDeclared. Default: RemoveAdded.
    """

    profile: pulumi.Output[str]
    """Which connection profile of the configuration to use; unset picks it by name patterns."""

    service_principal_names: pulumi.Output[list[str]]
    """The declared entries that the source's list holds. On the target: msDS-AllowedToDelegateTo."""

    added_service_principal_names: pulumi.Output[list[str]]
    """The entries this resource put there and that are still there; destroy removes these.

    On the target: msDS-AllowedToDelegateTo.
    """

    source_guid: pulumi.Output[str]
    """The source's objectGUID; the resource's id."""

    source_dn: pulumi.Output[str]
    """The source's distinguished name, as last read."""

    source_names: pulumi.Output[list[str]]
    """Every spelling that names the source."""

    destination_accounts: pulumi.Output[dict[str, Any]]
    """The destinations as they were resolved, by objectGUID."""

    service_principal_names_before: pulumi.Output[list[str]]
    """The source's list as it was found at create. On the target: msDS-AllowedToDelegateTo."""

    protocol_transition_before: pulumi.Output[bool]
    """Whether protocol transition was found set at create. On the target: userAccountControl 0x1000000."""

    written_protocol_transition: pulumi.Output[bool]
    """What this resource last wrote to protocol transition; unset if it never did.

    On the target: userAccountControl 0x1000000.
    """

    cleared_unconstrained: pulumi.Output[bool]
    """Whether this resource took unconstrained delegation away, to be given back on destroy.

    On the target: userAccountControl 0x80000.
    """

    domain_controller: pulumi.Output[str]
    """The domain controller last written to."""

    replicated_to: pulumi.Output[list[str]]
    """Domain controllers seen to have the last change."""

    written_to: pulumi.Output[dict[str, Any]]
    """The writes by which the source's attributes have the values of this state, by attribute.

    What a domain controller that lags is told by from one on which somebody changed something.
    """

    pending_replication: pulumi.Output[list[str]]
    """Domain controllers that did not have the last change when replicationTimeout was over."""

    new_ticket_needed: pulumi.Output[bool]
    """The last change takes effect with new tickets only.

    Run klist -li 0x3e7 purge on the source host, or wait about 15 minutes.
    """

    journal_id: pulumi.Output[str]
    """The note this machine keeps until the state is known."""

    managed: pulumi.Output[list[str]]
    """The inputs the program declares."""

    def __init__(
        self,
        resource_name: str,
        *,
        source: pulumi.Input[str],
        destinations: pulumi.Input[Sequence[pulumi.Input[str]]],
        services: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        protocol_transition: pulumi.Input[bool] | None = None,
        replace_unconstrained: pulumi.Input[bool] | None = None,
        allow_domain_controller: pulumi.Input[bool] | None = None,
        wait_for_replication: pulumi.Input[str] | None = None,
        purge_tickets: pulumi.Input[bool] | None = None,
        on_destroy: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a KerberosDelegation.

        Args:
            resource_name: The resource's name in the stack.
            source, destinations, services, protocol_transition, replace_unconstrained, allow_domain_controller,
                wait_for_replication, purge_tickets, on_destroy, profile: As the attributes of these names say.
            opts: Pulumi's resource options.
        """
        super().__init__(
            KerberosDelegationProvider(),
            resource_name,
            {
                "source": source,
                "destinations": destinations,
                "services": services,
                "protocol_transition": protocol_transition,
                "replace_unconstrained": replace_unconstrained,
                "allow_domain_controller": allow_domain_controller,
                "wait_for_replication": wait_for_replication,
                "purge_tickets": purge_tickets,
                "on_destroy": on_destroy,
                "profile": profile,
                "service_principal_names": None,
                "added_service_principal_names": None,
                "source_guid": None,
                "source_dn": None,
                "source_names": None,
                "destination_accounts": None,
                "service_principal_names_before": None,
                "protocol_transition_before": None,
                "written_protocol_transition": None,
                "cleared_unconstrained": None,
                "domain_controller": None,
                "replicated_to": None,
                "written_to": None,
                "pending_replication": None,
                "new_ticket_needed": None,
                "journal_id": None,
                "managed": None,
            },
            resource_options(opts, "KerberosDelegation"),
        )
