"""Small things of hosts as they are found: bits no cmdlet sets, a feature without a cluster, text for terminals."""

from __future__ import annotations

from contract.hosts.conftest import MakeBench
from support.hosts import Bench

HOST = "MigrationHost"
HV01 = "hv01.lab.test"
BOTH = {"EnableCompression": True, "EnableSmbTransport": True}


def test_both_performance_bits_come_back_as_they_were_found(bench: Bench) -> None:
    """No cmdlet sets them so, and still they are what was found."""
    bench.host().change(**BOTH)
    found = bench.host().snapshot
    id_, state = bench.create(HOST, computerName=HV01, performanceOption="TCPIP")
    assert bench.host().settings["EnableSmbTransport"] is False
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert bench.host().snapshot == found


def test_both_performance_bits_stay_where_nothing_is_declared(bench: Bench) -> None:
    """They show in no difference, and an import leaves the property out."""
    bench.host().change(**BOTH)
    _, state = bench.create(HOST, computerName=HV01, maximumStorageMigrations=3)
    assert {name: bench.host().settings[name] for name in BOTH} == BOTH
    assert bench.changed(HOST, state, computerName=HV01, maximumStorageMigrations=3) == ()
    bench.new_run()
    imported = bench.read(HOST, HV01, {})
    assert imported is not None
    assert "performanceOption" not in imported["managed"]


def test_the_cluster_feature_without_a_cluster_is_no_cluster(bench: Bench) -> None:
    """Its namespace is empty and its service disabled: a positive finding, and no warning of rights."""
    bench.host().change_facts(cluster_feature=True)
    _, state = bench.create(HOST, computerName=HV01, enabled=True)
    assert state["clustered"] is False
    assert not [told for told in bench.said.warnings if "cluster" in told]


def test_a_cluster_is_still_one(bench_of: MakeBench) -> None:
    """Its nodes are refused as before."""
    bench = bench_of()
    bench.host().change_facts(clustered=True)
    _, state = bench.create(HOST, computerName=HV01, enabled=True, allowClustered=True)
    assert state["clustered"] is True
