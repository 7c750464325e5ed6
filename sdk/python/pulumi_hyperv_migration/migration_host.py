"""Generated from the property declarations by `make sdk`; never edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from pulumi_hyperv_migration._resource import MigrationResource, resource_options
from pulumi_hyperv_migration.providers import MigrationHostProvider


class MigrationHost(MigrationResource, module="hyperv-migration", name="MigrationHost"):
    """Live-migration settings of one Hyper-V host that is not in a failover cluster.

    Rights: Hyper-V Administrators (or Administrators) and Remote Management Users on the host.

    Destroy: Each setting goes back to what was found when it was first managed, but only if its live value is still
    what this resource last wrote. With onDestroy Disable live migration is switched off in any case.
    """

    computer_name: pulumi.Output[str]
    """The Hyper-V host, by the DNS name under which WinRM answers.

    Cmdlet: Set-VMHost -ComputerName. On the target: WinRM endpoint.
    """

    enabled: pulumi.Output[bool]
    """Whether the host sends and accepts live migrations.

    Cmdlet: Enable-VMMigration, Disable-VMMigration. On the target:
    Msvm_VirtualSystemMigrationServiceSettingData.EnableVirtualSystemMigration.
    """

    authentication_type: pulumi.Output[str]
    """How the hosts authenticate to each other.

    Kerberos needs constrained delegation; CredSSP needs somebody signed in on the source host. One of Kerberos,
    CredSSP. Cmdlet: Set-VMHost -VirtualMachineMigrationAuthenticationType. On the target:
    Msvm_VirtualSystemMigrationServiceSettingData.AuthenticationType.
    """

    performance_option: pulumi.Output[str]
    """How memory is copied: as it is, compressed, or over SMB 3 (SMB Direct where RDMA is there).

    One of TCPIP, Compression, SMB. Cmdlet: Set-VMHost -VirtualMachineMigrationPerformanceOption. On the target:
    Msvm_VirtualSystemMigrationServiceSettingData.EnableCompression, EnableSmbTransport.
    """

    maximum_virtual_machine_migrations: pulumi.Output[int]
    """How many live migrations may run at once.

    Cmdlet: Set-VMHost -MaximumVirtualMachineMigrations. On the target:
    Msvm_VirtualSystemMigrationServiceSettingData.MaximumActiveVirtualSystemMigration.
    """

    maximum_storage_migrations: pulumi.Output[int]
    """How many storage migrations may run at once.

    Cmdlet: Set-VMHost -MaximumStorageMigrations. On the target:
    Msvm_VirtualSystemMigrationServiceSettingData.MaximumActiveStorageMigration.
    """

    use_any_network: pulumi.Output[bool]
    """Whether any network is used for live migration; named networks are ignored while it is true.

    Taken out of the program, it goes back to what was found. Cmdlet: Set-VMHost -UseAnyNetworkForMigration. On the
    target: Msvm_VirtualSystemMigrationNetworkSettingData 0.0.0.0/0 and ::/0.
    """

    networks: pulumi.Output[list[str]]
    """Ids of the MigrationNetwork resources of this host.

    Orders the host after them; they are verified before the any-network pair is removed.
    """

    on_destroy: pulumi.Output[str]
    """What destroy does: Restore what was found, or Restore the rest and Disable live migration.

    One of Restore, Disable. Default: Restore.
    """

    allow_clustered: pulumi.Output[bool]
    """Manage the host although it is a node of a failover cluster. Default: False."""

    allow_cred_ssp_with_credential_guard: pulumi.Output[bool]
    """Accept CredSSP on a host where Credential Guard runs, which breaks it. Default: False."""

    profile: pulumi.Output[str]
    """Which connection profile of the configuration to use; unset picks it by name patterns."""

    host: pulumi.Output[str]
    """The host's own FQDN, lower case; the resource's id."""

    listener_addresses: pulumi.Output[list[str]]
    """Addresses on which migrations are accepted."""

    domain: pulumi.Output[str]
    """The host's domain, or its workgroup."""

    operating_system: pulumi.Output[str]
    """Caption of the operating system, localised."""

    os_build: pulumi.Output[int]
    """Build number, such as 20348 for Windows Server 2022."""

    credential_guard_running: pulumi.Output[bool]
    """Whether Credential Guard runs; unset: unknown."""

    clustered: pulumi.Output[bool]
    """Whether it is a cluster node; unset: unknown."""

    sign_in_required: pulumi.Output[bool]
    """Under CredSSP a migration works only for somebody signed in on the source host."""

    prior_settings: pulumi.Output[dict[str, Any]]
    """What was found when each setting was first managed."""

    written_settings: pulumi.Output[dict[str, Any]]
    """What this resource last ensured of each setting."""

    prior_any_networks: pulumi.Output[list[dict[str, Any]]]
    """The entries for any network that were found when useAnyNetwork was first managed."""

    journal_id: pulumi.Output[str]
    """The note this machine keeps until the state is known."""

    managed: pulumi.Output[list[str]]
    """The inputs the program declares."""

    def __init__(
        self,
        resource_name: str,
        *,
        computer_name: pulumi.Input[str],
        enabled: pulumi.Input[bool] | None = None,
        authentication_type: pulumi.Input[str] | None = None,
        performance_option: pulumi.Input[str] | None = None,
        maximum_virtual_machine_migrations: pulumi.Input[int] | None = None,
        maximum_storage_migrations: pulumi.Input[int] | None = None,
        use_any_network: pulumi.Input[bool] | None = None,
        networks: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        on_destroy: pulumi.Input[str] | None = None,
        allow_clustered: pulumi.Input[bool] | None = None,
        allow_cred_ssp_with_credential_guard: pulumi.Input[bool] | None = None,
        profile: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a MigrationHost.

        Args:
            resource_name: The resource's name in the stack.
            computer_name, enabled, authentication_type, performance_option, maximum_virtual_machine_migrations,
                maximum_storage_migrations, use_any_network, networks, on_destroy, allow_clustered,
                allow_cred_ssp_with_credential_guard, profile: As the attributes of these names say.
            opts: Pulumi's resource options.
        """
        super().__init__(
            MigrationHostProvider(),
            resource_name,
            {
                "computer_name": computer_name,
                "enabled": enabled,
                "authentication_type": authentication_type,
                "performance_option": performance_option,
                "maximum_virtual_machine_migrations": maximum_virtual_machine_migrations,
                "maximum_storage_migrations": maximum_storage_migrations,
                "use_any_network": use_any_network,
                "networks": networks,
                "on_destroy": on_destroy,
                "allow_clustered": allow_clustered,
                "allow_cred_ssp_with_credential_guard": allow_cred_ssp_with_credential_guard,
                "profile": profile,
                "host": None,
                "listener_addresses": None,
                "domain": None,
                "operating_system": None,
                "os_build": None,
                "credential_guard_running": None,
                "clustered": None,
                "sign_in_required": None,
                "prior_settings": None,
                "written_settings": None,
                "prior_any_networks": None,
                "journal_id": None,
                "managed": None,
            },
            resource_options(opts, "MigrationHost"),
        )
