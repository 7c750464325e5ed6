"""What getMigrationReadiness sends: reads only, and few (DESIGN §5)."""

from __future__ import annotations

import pytest

from contract.readiness.conftest import MakePair
from contract.readiness.test_rows import SMB, read
from hyperv_migration.lab.lab import Lab
from hyperv_migration.model.readiness import YES
from hyperv_migration.operations.run import Run

FACTS = {
    "Win32_ComputerSystem",
    "Win32_OperatingSystem",
    "Win32_DeviceGuard",
    "MSCluster_Cluster",
    "Msvm_VirtualSystemMigrationSettingData",
}
SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
SERVICE = "Msvm_VirtualSystemMigrationService"
NETWORKS = "Msvm_VirtualSystemMigrationNetworkSettingData"


def messages(lab: Lab, name: str) -> list[str]:
    """What a host was asked beside its facts."""
    received = [one for one in lab.hosts[name].journal.received() if one.counted]
    assert {one.kind for one in received} <= {"Enumerate", "Pull"}
    return [one.class_name for one in received if one.class_name not in FACTS]


def test_each_host_is_asked_three_things_and_the_directory_as_many(pair_of: MakePair) -> None:
    """Both directions share the searches, which come after the sign-in and discovery of the run."""
    lab = pair_of()
    run = Run()
    assert read(lab, run=run).ready == YES
    assert lab.directory is not None
    assert {name: messages(lab, name) for name in lab.hosts} == {
        name: [SETTING, NETWORKS, SERVICE] for name in lab.hosts
    }
    lab.directory.journal.reset()
    read(lab, run=run)
    assert [operation.kind for operation in lab.directory.journal.operations()] == ["search", "search", "search"]


@pytest.mark.parametrize("rdma", ["none", "enabled"])
def test_a_host_that_uses_smb_is_asked_for_rdma_too(pair_of: MakePair, rdma: str) -> None:
    """Two messages more at most, once per process: six at the very most."""
    lab = pair_of()
    lab.hosts["HV01"].change_facts(rdma=rdma)
    lab.hosts["HV01"].change(**SMB)
    read(lab)
    expected = ["MSFT_NetAdapterRdmaSettingData", "MSFT_NetAdapter"]
    assert messages(lab, "HV01")[3:] == (expected if rdma == "none" else expected[:1])


def test_nothing_is_written_anywhere(pair_of: MakePair) -> None:
    """Neither at the hosts nor in the directory, whatever is wrong."""
    lab = pair_of()
    lab.hosts["HV01"].change(EnableVirtualSystemMigration=False)
    assert lab.directory is not None
    before = {name: host.snapshot for name, host in lab.hosts.items()}, len(lab.directory.history)
    read(lab)
    assert ({name: host.snapshot for name, host in lab.hosts.items()}, len(lab.directory.history)) == before
