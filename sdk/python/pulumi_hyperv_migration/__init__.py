"""Hyper-V live migration between hosts outside a failover cluster, as Pulumi resources."""

from pulumi_hyperv_migration.components import MigrationMesh, MigrationPair
from pulumi_hyperv_migration.kerberos_delegation import KerberosDelegation
from pulumi_hyperv_migration.migration_host import MigrationHost
from pulumi_hyperv_migration.migration_network import MigrationNetwork
from pulumi_hyperv_migration.readiness import MigrationReadiness, ReadinessRow, get_migration_readiness

__all__ = [
    "KerberosDelegation",
    "MigrationHost",
    "MigrationMesh",
    "MigrationNetwork",
    "MigrationPair",
    "MigrationReadiness",
    "ReadinessRow",
    "get_migration_readiness",
]
