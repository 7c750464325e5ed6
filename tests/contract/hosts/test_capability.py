"""Hosts on which the cmdlets refuse, or on which migrations fail though nothing that is declared is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import Conflict
from support.callers import refused
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)
GUARD = "Credential Guard breaks it"


@pytest.mark.parametrize(
    "declared",
    [
        {"enabled": True},
        {"authenticationType": "Kerberos"},
        {"performanceOption": "SMB"},
        {"maximumVirtualMachineMigrations": 4},
        {"useAnyNetwork": True},
        {"useAnyNetwork": False},
        {"maximumStorageMigrations": 4, "maximumVirtualMachineMigrations": 2},
    ],
    ids=str,
)
def test_a_host_without_live_migration_takes_what_the_cmdlets_take(
    bench_of: MakeBench, declared: dict[str, Any]
) -> None:
    """HostDoesNotSupportLM for each argument of live migration (hyperv-wsman.md §1.6), at create and at update."""
    bench = bench_of(Host(name="HV01", live_migration_capable=False))
    with refused(Conflict, match="offers no live migration"):
        bench.create(HOST, computerName=HV01, **declared)
    id_, state = bench.create(HOST, computerName=HV01, enabled=False, maximumStorageMigrations=3)
    with refused(Conflict, match="offers no live migration"):
        bench.update(HOST, id_, state, computerName=HV01, **declared)
    assert bench.host().settings["MaximumActiveStorageMigration"] == 3
    assert len(bench.host().history) == 1


def test_a_network_of_a_host_without_live_migration_is_refused(bench_of: MakeBench) -> None:
    """As Add- and Set-VMMigrationNetwork do (§2.4), whether it is there or not."""
    bench = bench_of(Host(name="HV01", live_migration_capable=False, networks=(NAMED,)))
    for subnet in ("192.168.10.0/24", "192.168.11.0/24"):
        with refused(Conflict, match="offers no live migration"):
            bench.create(NETWORK, computerName=HV01, subnet=subnet, priority=4)
    assert bench.host().history == []


def test_a_host_that_has_lost_live_migration_is_still_put_back(bench: Bench) -> None:
    """A refusal never blocks a delete."""
    before = bench.host().snapshot
    network = bench.create(NETWORK, computerName=HV01, subnet="192.168.10.0/24")
    host = bench.create(HOST, computerName=HV01, enabled=True, authenticationType="Kerberos")
    bench.host().change_facts(live_migration_capable=False)
    bench.new_run()
    with refused(Conflict, match="offers no live migration"):
        bench.update(NETWORK, *network, computerName=HV01, subnet="192.168.10.0/24", priority=4)
    bench.delete(HOST, *host)
    bench.delete(NETWORK, *network)
    now = bench.host().snapshot
    assert (now.settings, now.networks) == (before.settings, before.networks)


@pytest.mark.parametrize(
    ("declared", "warned"),
    [
        ({"enabled": True}, True),
        ({"maximumStorageMigrations": 4}, True),
        ({"enabled": False}, False),
        ({"enabled": True, "authenticationType": "Kerberos"}, False),
        ({"enabled": True, "authenticationType": "CredSSP", "allowCredSspWithCredentialGuard": True}, False),
    ],
    ids=str,
)
def test_credssp_that_is_not_declared_is_warned_of_under_credential_guard(
    bench_of: MakeBench, declared: dict[str, Any], *, warned: bool
) -> None:
    """The host is on and uses CredSSP as it was found: at create, update and refresh."""
    bench = bench_of(Host(name="HV01", credential_guard_running=True, networks=(NAMED,)))
    bench.host().change(EnableVirtualSystemMigration=True)
    id_, state = bench.create(HOST, computerName=HV01, **declared)
    bench.new_run()
    bench.read(HOST, id_, state)
    bench.update(HOST, id_, state, computerName=HV01, **declared)
    assert [GUARD in said and HV01 in said for said in bench.said.warnings] == [True] * 3 * warned
