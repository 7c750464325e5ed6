"""MigrationMesh at the size it is for: a hundred hosts in one program, through the real engine, on the lab."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from pulumi_hyperv_migration import MigrationMesh
from support.engine import Stack
from support.hosts import PASSWORD

pytestmark = pytest.mark.engine

COUNT = 100
NAMES = [f"HV{number:03}" for number in range(1, COUNT + 1)]
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
PLAIN, TRANSITION = 0x1000, 0x1001000

FACTS = {
    "Win32_ComputerSystem",
    "Win32_OperatingSystem",
    "Win32_DeviceGuard",
    "MSCluster_Cluster",
    "Msvm_VirtualSystemMigrationSettingData",
}
"""Asked once per host and process, and counted apart (DESIGN §5)."""
CREATE_A_HOST, CREATE_A_NETWORK, READ_THE_RIGHTS = 6, 3, 1
SEARCHES = 3
"""For each delegation: the accounts, the owners of the names, and the look after the write; the modify is the fourth."""
DISCOVERY = 5
"""Searches for domain controllers and sites, once a process."""

WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine writes its whole state, megabytes here, after each of the 600 steps otherwise; the state at the end is the same."""


def mesh() -> None:
    """A hundred hosts, each of which may move virtual machines, storage left where it is, to the ninety-nine others."""
    hosts = [f"{name.lower()}.lab.test" for name in NAMES]
    MigrationMesh("mesh", hosts=hosts, networks=["192.168.10.0/24"], move_storage=False)


def delegation(lab: Lab, host: str) -> tuple[set[str], int]:
    """The list and userAccountControl of a host's account, read past LDAP."""
    assert lab.directory is not None
    account = lab.directory.administrator.read(host)
    return set(account["msDS-AllowedToDelegateTo"]), int(account["userAccountControl"])


def to_all_but(host: str) -> set[str]:
    """What a host's account lists once it may move virtual machines to every other."""
    others = [other for other in NAMES if other != host]
    return {f"{MIGRATION_SERVICE}/{name}" for other in others for name in (other, f"{other.lower()}.lab.test")}


def messages(host: EmulatedHost) -> int:
    """How many messages a host got, its facts left out."""
    return len([one for one in host.journal.received() if one.counted and one.class_name not in FACTS])


def is_confined_to_kerberos(host: EmulatedHost) -> bool:
    """Whether a host is as the mesh declares it."""
    settings, listed = host.settings, [entry.subnet_number for entry in host.networks]
    return (settings["EnableVirtualSystemMigration"], settings["AuthenticationType"], listed) == (
        True,
        1,
        ["192.168.10.0"],
    )


@pytest.mark.timeout(900)
def test_a_hundred_hosts_cost_each_what_one_costs(lab_of: Labs, engine: Path, tmp_path: Path) -> None:
    """One modify for each account, one connection and the budget of one for each host; then everything as found."""
    assert engine.is_dir()
    lab = lab_of(*(Host(name=name) for name in NAMES))
    hosts, directory = lab.hosts.values(), lab.directory
    assert directory is not None
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    stack = Stack(tmp_path / "stack", mesh, WITHOUT_CHECKPOINTS)
    keys = {f"hyperv-migration:{name}": value for name, value in lab.configuration().items()}
    stack.configure(keys, {"hyperv-migration:password": PASSWORD})

    assert stack.up().changes == {"create": 2 + 3 * COUNT}
    assert {name: delegation(lab, name) for name in NAMES} == {name: (to_all_but(name), TRANSITION) for name in NAMES}
    assert [host.name for host in hosts if not is_confined_to_kerberos(host)] == []
    modified = Counter(operation.name for operation in directory.journal.operations("modify"))
    assert Counter(modified.values()) == {1: COUNT}
    assert len(directory.journal.operations("search")) <= SEARCHES * COUNT + DISCOVERY
    assert {len({one.connection for one in host.journal.received()}) for host in hosts} == {1}
    assert max(messages(host) for host in hosts) <= CREATE_A_HOST + CREATE_A_NETWORK + READ_THE_RIGHTS

    stack.destroy()
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert {delegation(lab, name)[1] for name in NAMES} == {PLAIN}
    assert [name for name in NAMES if delegation(lab, name)[0]] == []
