"""Whose a setting or an entry is, where histories of two stacks and an administrator have shown that it is easily mistaken."""

from __future__ import annotations

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host, Network
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
SUBNET = "192.168.10.0/24"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24, metric=7)
CLUSTER = ("Microsoft:ClusterManaged",)
ANY = "Microsoft:UserManagedAllNetworks"


def listed(bench: Bench) -> list[tuple[str, int, tuple[str, ...]]]:
    """Every entry of HV01: address, metric, tags without their prefix."""
    return [
        (entry.subnet_number, entry.metric, tuple(tag.partition(":")[2] for tag in entry.tags))
        for entry in bench.host().networks
    ]


def test_an_adopted_entry_that_was_removed_and_added_again_is_ours(bench_of: MakeBench) -> None:
    """Somebody removed what was found; what an update adds in its place goes with the resource (DESIGN §1.3)."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    id_, state = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    bench.host().remove_network(SUBNET)
    bench.new_run()
    state = bench.update(NETWORK, id_, state, computerName=HV01, subnet=SUBNET, priority=3)
    assert (listed(bench), state["preexisting"]) == ([("192.168.10.0", 3, ("UserManaged",))], False)
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert listed(bench) == []


def test_a_network_that_was_replaced_by_force_still_goes_at_destroy(bench: Bench) -> None:
    """`up --replace` creates first: the new resource finds our entry and learns from the old one that it is ours."""
    inputs = {"computerName": HV01, "subnet": SUBNET, "priority": 3}
    id_, old = bench.create(NETWORK, **inputs)
    bench.new_run()
    _, new = bench.create(NETWORK, **inputs)
    bench.delete(NETWORK, id_, old)
    assert listed(bench) == [("192.168.10.0", 3, ("UserManaged",))]
    bench.new_run()
    bench.delete(NETWORK, id_, new)
    assert listed(bench) == []


def test_an_adopted_network_that_was_replaced_by_force_gets_its_first_metric_back(bench_of: MakeBench) -> None:
    """Twice replaced and updated in between: what the first one found is what counts."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    inputs = {"computerName": HV01, "subnet": SUBNET}
    id_, state = bench.create(NETWORK, **inputs, priority=1)
    for priority in (2, 3):
        bench.new_run()
        _, new = bench.create(NETWORK, **inputs, priority=priority)
        bench.delete(NETWORK, id_, state)
        state = new
    bench.new_run()
    state = bench.update(NETWORK, id_, state, **inputs, priority=4)
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert listed(bench) == [("192.168.10.0", 7, ("UserManaged",))]


def test_what_comes_after_a_network_was_seen_gone_is_not_ours(bench: Bench) -> None:
    """What a replaced resource handed over is forgotten with the entry; an administrator's own one stays."""
    inputs = {"computerName": HV01, "subnet": SUBNET}
    id_, old = bench.create(NETWORK, **inputs)
    bench.new_run()
    _, new = bench.create(NETWORK, **inputs)
    bench.delete(NETWORK, id_, old)
    bench.host().remove_network(SUBNET)
    bench.new_run()
    assert bench.read(NETWORK, id_, new) is None
    bench.host().add_network("192.168.10.0", 24, metric=5)
    bench.new_run()
    _, state = bench.create(NETWORK, **inputs)
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert listed(bench) == [("192.168.10.0", 5, ("UserManaged",))]


def test_a_host_that_was_replaced_by_force_still_knows_what_was_found(bench: Bench) -> None:
    """The new resource finds what the old one wrote, and learns from it what was there before, another value too."""
    id_, old = bench.create(HOST, computerName=HV01, enabled=True, maximumStorageMigrations=4)
    before = dict(old["priorSettings"])
    bench.new_run()
    _, new = bench.create(HOST, computerName=HV01, enabled=True, maximumStorageMigrations=6)
    bench.delete(HOST, id_, old)
    assert bench.host().settings["MaximumActiveStorageMigration"] == 6
    bench.new_run()
    bench.delete(HOST, id_, new)
    assert before == {"enabled": False, "maximumStorageMigrations": 2}
    assert bench.host().settings["EnableVirtualSystemMigration"] is False
    assert bench.host().settings["MaximumActiveStorageMigration"] == 2


def test_a_pair_that_is_managed_anew_is_looked_at(bench_of: MakeBench) -> None:
    """The state may be older than the pair: declared off for the first time, it is read, taken away and put back."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    for address in ("0.0.0.0", "::"):
        bench.host().add_network(address, 0, tags=(ANY,))
    bench.new_run()
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True, useAnyNetwork=False)
    assert (listed(bench), state["priorSettings"]["useAnyNetwork"]) == ([("192.168.10.0", 7, ("UserManaged",))], True)
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert len(listed(bench)) == 3


def test_our_entry_is_told_from_one_that_a_cluster_adds_beside_it(bench: Bench) -> None:
    """The same subnet twice: ours is known by its identity, is changed and goes; the cluster's is never touched."""
    inputs = {"computerName": HV01, "subnet": SUBNET}
    id_, state = bench.create(NETWORK, **inputs, priority=1)
    bench.host().add_network("192.168.10.0", 24, metric=5000, tags=CLUSTER)
    theirs = ("192.168.10.0", 5000, ("ClusterManaged",))
    bench.new_run()
    assert bench.read(NETWORK, id_, state) == state
    state = bench.update(NETWORK, id_, state, **inputs, priority=2)
    assert listed(bench) == [("192.168.10.0", 2, ("UserManaged",)), theirs]
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert listed(bench) == [theirs]


def test_an_imported_host_is_left_as_it_is_whatever_this_machine_notes(bench: Bench) -> None:
    """The state that knew of the note was lost; an import takes the host as found, so a destroy puts nothing back."""
    id_, _ = bench.create(HOST, computerName=HV01, maximumVirtualMachineMigrations=4)
    bench.new_run()
    state = bench.read(HOST, id_, {})
    assert state is not None
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert bench.host().settings["MaximumActiveVirtualSystemMigration"] == 4


def test_an_imported_network_is_left_as_it_is_whatever_this_machine_notes(bench_of: MakeBench) -> None:
    """Neither is an earlier metric given back."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    id_, _ = bench.create(NETWORK, computerName=HV01, subnet=SUBNET, priority=3)
    bench.new_run()
    state = bench.read(NETWORK, id_, {})
    assert state is not None
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert listed(bench) == [("192.168.10.0", 3, ("UserManaged",))]
