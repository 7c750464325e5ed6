"""MigrationNetwork against emulated hosts: added, adopted, changed in place, removed."""

from __future__ import annotations

from typing import Literal

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import Conflict, NotReady
from support.callers import refused
from support.hosts import Bench

KIND = "MigrationNetwork"
SUBNET = "192.168.10.0/24"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24, metric=7)
CLUSTER = Network(subnet_number="192.168.10.0", prefix_length=24, metric=5000, tags=("Microsoft:ClusterManaged",))


def listed(bench: Bench) -> list[tuple[str, int, int]]:
    """Every entry of HV01: address, prefix length, metric."""
    return [(entry.subnet_number, entry.prefix_length, entry.metric) for entry in bench.host().networks]


def test_the_life_of_a_network(bench: Bench) -> None:
    """Add with priority 15, again, 5, remove, again: writes 1, 0, 1, 1, 0 (field-notes.md C01)."""
    inputs = {"computerName": "hv01.lab.test", "subnet": SUBNET}
    id_, state = bench.create(KIND, **inputs, priority=15)
    assert (id_, listed(bench)) == ("hv01.lab.test/192.168.10.0/24", [("192.168.10.0", 24, 15)])
    assert bench.changed(KIND, state, **inputs, priority=15) == ()
    assert bench.changed(KIND, state, **inputs, priority=5) == ("priority",)
    state = bench.update(KIND, id_, state, **inputs, priority=5)
    assert listed(bench) == [("192.168.10.0", 24, 5)]
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert listed(bench) == []
    bench.delete(KIND, id_, state)
    assert len(bench.host().history) == 3


def test_an_entry_that_was_there_survives_with_its_metric(bench_of: MakeBench) -> None:
    """Adopted at create, its metric comes back at destroy."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    id_, state = bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET, priority=1)
    assert listed(bench) == [("192.168.10.0", 24, 1)]
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert listed(bench) == [("192.168.10.0", 24, 7)]


def test_remove_takes_an_adopted_entry_away_too(bench_of: MakeBench) -> None:
    """OnDestroy Remove is said by the program, so it is done."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    id_, state = bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET, onDestroy="Remove")
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert listed(bench) == []


def test_an_unmanaged_metric_stays(bench_of: MakeBench) -> None:
    """Priority unset: the metric is neither written nor compared."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    _, state = bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET)
    assert (state["priority"], bench.host().history) == (7, [])


def test_entries_of_a_cluster_are_never_touched(bench_of: MakeBench) -> None:
    """The same subnet, managed by a cluster: refused, and destroy leaves it (field-notes.md P18)."""
    bench = bench_of(Host(name="HV01", networks=(CLUSTER,)))
    with refused(Conflict, match="failover cluster"):
        bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET)
    assert bench.host().history == []


def test_the_same_network_in_another_spelling_is_found(bench_of: MakeBench) -> None:
    """FD00:0010::/64 on the host is fd00:10::/64 in the program (field-notes.md P17)."""
    bench = bench_of(Host(name="HV01", networks=(Network(subnet_number="FD00:0010::", prefix_length=64),)))
    id_, state = bench.create(KIND, computerName="hv01.lab.test", subnet="fd00:10:0::/64")
    assert (id_, state["preexisting"]) == ("hv01.lab.test/fd00:10::/64", True)


def test_a_bare_address_is_a_network_of_one(bench: Bench) -> None:
    """192.168.10.1 is 192.168.10.1/32, as the cmdlet has it (field-notes.md C06, C11)."""
    bench.create(KIND, computerName="hv01.lab.test", subnet="192.168.10.1")
    assert listed(bench) == [("192.168.10.1", 32, 0)]


def test_a_network_removed_by_hand_is_gone_and_added_again(bench: Bench) -> None:
    """Refresh says it is gone; the next create adds it."""
    inputs = {"computerName": "hv01.lab.test", "subnet": SUBNET}
    id_, state = bench.create(KIND, **inputs)
    bench.host().remove_network(SUBNET)
    assert bench.read(KIND, id_, state) is None
    bench.new_run()
    bench.create(KIND, **inputs)
    assert listed(bench) == [("192.168.10.0", 24, 0)]


def test_an_empty_list_from_a_caller_without_rights_is_not_gone(bench: Bench) -> None:
    """WMI hides what may not be seen, so the service itself must be seen around the list (DESIGN §1.4)."""
    bench.configuration["winrm"] = {"readyTimeout": 1}
    id_, state = bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET)
    bench.new_run()
    bench.host().inject("empty", times=9, when={"namespace": "root/virtualization/v2"})
    with refused(NotReady):
        bench.read(KIND, id_, state)


def test_a_listener_whose_address_is_not_valid_yet_is_waited_for(bench: Bench) -> None:
    """0x80072741 is retried, and the network stands once (hyperv-wsman.md §2.5)."""
    bench.host().inject("listener-failure", times=1)
    bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET)
    assert listed(bench) == [("192.168.10.0", 24, 0)]


def test_a_lost_answer_adds_no_second_entry(bench_of: MakeBench) -> None:
    """AddNetworkSettings is not repeated before the list was read (hyperv-wsman.md §7, 21)."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    bench.host().inject("reset-after", when={"method": "AddNetworkSettings"})
    _, state = bench.create(KIND, computerName="hv01.lab.test", subnet=SUBNET)
    assert (listed(bench), state["preexisting"]) == ([("192.168.10.0", 24, 0)], False)


def test_migration_traffic_on_a_public_range_is_warned_about(bench: Bench) -> None:
    """It is not encrypted (the source document)."""
    bench.create(KIND, computerName="hv01.lab.test", subnet="8.8.8.0/24")
    assert any("not encrypted" in warning for warning in bench.said.warnings)


@pytest.mark.parametrize("instance_id", ["kept", "renewed"])
def test_an_entry_is_found_again_whether_a_change_keeps_its_id_or_not(
    bench_of: MakeBench, instance_id: Literal["kept", "renewed"]
) -> None:
    """An InstanceID that a change renews (fidelity.md, instance-id) loses neither the entry nor its first metric."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,), options=Options(instance_id=instance_id)))
    inputs = {"computerName": "hv01.lab.test", "subnet": SUBNET}
    id_, state = bench.create(KIND, **inputs, priority=1)
    bench.new_run()
    state = bench.update(KIND, id_, state, **inputs, priority=2)
    assert listed(bench) == [("192.168.10.0", 24, 2)]
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert listed(bench) == [("192.168.10.0", 24, 7)]
