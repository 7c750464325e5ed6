"""Generated from the property declarations by `make sdk`; never edited."""

from __future__ import annotations

import pulumi

from pulumi_hyperv_migration._resource import MigrationResource, resource_options
from pulumi_hyperv_migration.providers import MigrationNetworkProvider


class MigrationNetwork(MigrationResource, module="hyperv-migration", name="MigrationNetwork"):
    """One subnet over which a Hyper-V host sends and accepts live migrations.

    Rights: Hyper-V Administrators (or Administrators) and Remote Management Users on the host.

    Destroy: An entry this resource added is removed; an entry found at create stays, with its metric put back. With
    onDestroy Remove it is removed in either case.
    """

    computer_name: pulumi.Output[str]
    """The Hyper-V host, by the DNS name under which WinRM answers.

    Cmdlet: Add-VMMigrationNetwork -ComputerName. On the target: WinRM endpoint.
    """

    subnet: pulumi.Output[str]
    """The subnet, as IPv4 or IPv6 address or CIDR; a bare address is /32 or /128.

    Cmdlet: Add-VMMigrationNetwork -Subnet. On the target:
    Msvm_VirtualSystemMigrationNetworkSettingData.SubnetNumber, PrefixLength.
    """

    priority: pulumi.Output[int]
    """Order of preference; the lower is tried first.

    Unset leaves the metric alone. Cmdlet: Add-VMMigrationNetwork -Priority, Set-VMMigrationNetwork -NewPriority. On
    the target: Msvm_VirtualSystemMigrationNetworkSettingData.Metric.
    """

    on_destroy: pulumi.Output[str]
    """What destroy does: Restore what was found at create, or Remove the entry in any case.

    One of Restore, Remove. Default: Restore.
    """

    allow_clustered: pulumi.Output[bool]
    """Manage the host although it is a node of a failover cluster, whose own tools manage networks.

    Default: False.
    """

    profile: pulumi.Output[str]
    """Which connection profile of the configuration to use; unset picks it by name patterns."""

    host: pulumi.Output[str]
    """The host's own FQDN, lower case."""

    instance_id: pulumi.Output[str]
    """The host's opaque InstanceID of the entry."""

    preexisting: pulumi.Output[bool]
    """Whether the entry was found at create."""

    prior_priority: pulumi.Output[int]
    """The metric found at create, to be put back."""

    written_priority: pulumi.Output[int]
    """The metric this resource last ensured."""

    journal_id: pulumi.Output[str]
    """The note this machine keeps until the state is known."""

    managed: pulumi.Output[list[str]]
    """The inputs the program declares."""

    def __init__(
        self,
        resource_name: str,
        *,
        computer_name: pulumi.Input[str],
        subnet: pulumi.Input[str],
        priority: pulumi.Input[int] | None = None,
        on_destroy: pulumi.Input[str] | None = None,
        allow_clustered: pulumi.Input[bool] | None = None,
        profile: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a MigrationNetwork.

        Args:
            resource_name: The resource's name in the stack.
            computer_name, subnet, priority, on_destroy, allow_clustered, profile: As the attributes of these names
                say.
            opts: Pulumi's resource options.
        """
        super().__init__(
            MigrationNetworkProvider(),
            resource_name,
            {
                "computer_name": computer_name,
                "subnet": subnet,
                "priority": priority,
                "on_destroy": on_destroy,
                "allow_clustered": allow_clustered,
                "profile": profile,
                "host": None,
                "instance_id": None,
                "preexisting": None,
                "prior_priority": None,
                "written_priority": None,
                "journal_id": None,
                "managed": None,
            },
            resource_options(opts, "MigrationNetwork"),
        )
