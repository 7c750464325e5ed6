"""MigrationPair and MigrationMesh: hosts, networks and both directions of delegation, in the right order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from hyperv_migration.faces.components import ResourceClass, component_options, new_ticket_needed, realise
from hyperv_migration.faces.spelling import camel_case
from hyperv_migration.model.components import SETTINGS, mesh_inputs
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.pair import Child, plan_mesh, plan_pair
from hyperv_migration.model.unknown import UNKNOWN
from pulumi_hyperv_migration.kerberos_delegation import KerberosDelegation
from pulumi_hyperv_migration.migration_host import MigrationHost
from pulumi_hyperv_migration.migration_network import MigrationNetwork

PAIR_TYPE, MESH_TYPE = "hyperv-migration:index:MigrationPair", "hyperv-migration:index:MigrationMesh"
_CLASSES: Mapping[str, ResourceClass] = {
    "MigrationHost": MigrationHost,
    "MigrationNetwork": MigrationNetwork,
    "KerberosDelegation": KerberosDelegation,
}


class _Migration(pulumi.ComponentResource):
    """What the pair and the mesh share: their children, by kind and in the order of the hosts given."""

    hosts: list[MigrationHost]
    networks: list[MigrationNetwork]
    delegations: list[KerberosDelegation]
    new_ticket_needed: pulumi.Output[bool]

    def _realise(self, plan: Sequence[Child]) -> None:
        made = realise(plan, _CLASSES, self).values()
        self.hosts = [child for child in made if isinstance(child, MigrationHost)]
        self.networks = [child for child in made if isinstance(child, MigrationNetwork)]
        self.delegations = [child for child in made if isinstance(child, KerberosDelegation)]
        self.new_ticket_needed = new_ticket_needed([child.new_ticket_needed for child in self.delegations])
        self.register_outputs(
            {
                "hosts": [child.id for child in self.hosts],
                "networks": [child.id for child in self.networks],
                "delegations": [child.id for child in self.delegations],
                "newTicketNeeded": self.new_ticket_needed,
            }
        )


class MigrationPair(_Migration):
    """Two hosts that may move virtual machines to each other, without a failover cluster.

    `hosts` and `networks` are plain values: the children are named after them.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        hosts: Sequence[str],
        networks: Sequence[str] = (),
        authentication_type: str = "Kerberos",
        performance_option: pulumi.Input[str] | None = None,
        maximum_virtual_machine_migrations: pulumi.Input[int] | None = None,
        maximum_storage_migrations: pulumi.Input[int] | None = None,
        move_storage: bool = True,
        file_servers: Sequence[str] = (),
        wait_for_replication: str | None = None,
        allow_domain_controller: bool | None = None,
        profile: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a pair.

        Args:
            resource_name: The component's name in the stack.
            hosts: The two hosts, by the DNS names under which WinRM answers.
            networks: Subnets to which migration is confined; empty leaves the networks unmanaged.
            authentication_type: Kerberos, with both directions of delegation; or CredSSP, with none.
            performance_option: TCPIP, Compression or SMB; unset leaves it as it is.
            maximum_virtual_machine_migrations: How many live migrations may run at once on each host.
            maximum_storage_migrations: How many storage migrations may run at once on each host.
            move_storage: Whether storage moves too, which delegates cifs beside the migration service.
            file_servers: SMB file servers that hold the virtual machines; each host may delegate to cifs there.
            wait_for_replication: HostSite, AllWritable or None, as in KerberosDelegation.
            allow_domain_controller: Whether a host or file server that is a domain controller may be delegated to.
            profile: Which connection profile to use for all of it.
            opts: Pulumi's resource options.
        """
        super().__init__(PAIR_TYPE, resource_name, None, component_options(PAIR_TYPE, opts))
        self._realise(_planned(plan_pair, resource_name, locals()))


class MigrationMesh(_Migration):
    """Any number of hosts, each of which may move virtual machines to every other: one delegation per account.

    `hosts` and `networks` are plain values: the children are named after them.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        hosts: Sequence[str],
        networks: Sequence[str] = (),
        authentication_type: str = "Kerberos",
        performance_option: pulumi.Input[str] | None = None,
        maximum_virtual_machine_migrations: pulumi.Input[int] | None = None,
        maximum_storage_migrations: pulumi.Input[int] | None = None,
        move_storage: bool = True,
        file_servers: Sequence[str] = (),
        wait_for_replication: str | None = None,
        allow_domain_controller: bool | None = None,
        profile: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a mesh; the arguments are those of MigrationPair, with two hosts or more."""
        super().__init__(MESH_TYPE, resource_name, None, component_options(MESH_TYPE, opts))
        self._realise(_planned(plan_mesh, resource_name, locals()))


def _planned(plan: Any, name: str, given: Mapping[str, Any]) -> list[Child]:
    inputs = {camel_case(key): value if camel_case(key) in SETTINGS else _known(value) for key, value in given.items()}
    try:
        children: list[Child] = plan(name, mesh_inputs(inputs))
    except InvalidInput as error:
        raise pulumi.RunError(f"{name}: {error}") from None
    return children


def _known(value: Any) -> Any:
    """Return a value as a plan can be made from it: no program can look into an output while it runs."""
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    return [_known(item) for item in value] if isinstance(value, list | tuple) else value
