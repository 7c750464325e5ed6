"""Ids that can name nothing, or another host's network: refused before anything is written."""

from __future__ import annotations

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host
from hyperv_migration.model.errors import Conflict, InvalidInput
from support.callers import refused
from support.hosts import Bench

HOST, NETWORK = "MigrationHost", "MigrationNetwork"
HV01, HV02, SUBNET = "hv01.lab.test", "hv02.lab.test", "192.168.10.0/24"


def test_a_network_of_another_host_is_refused(bench_of: MakeBench) -> None:
    """The host may be called by an alias, so only the host itself can tell whose the network is."""
    bench = bench_of(Host(name="HV01"), Host(name="HV02"))
    theirs, _ = bench.create(NETWORK, computerName=HV02, subnet=SUBNET)
    with refused(Conflict, match=f"networks input names {theirs}, which is a network of another host"):
        bench.create(HOST, computerName=HV01, enabled=True, networks=[theirs])
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


@pytest.mark.parametrize(
    ("kind", "id_"),
    [
        (HOST, "hv01,hv02"),
        (HOST, "hello world"),
        (HOST, f"{HV01}/{SUBNET}"),
        (NETWORK, HV01),
        (NETWORK, f"{HV01}/hello"),
        (NETWORK, f"/{SUBNET}"),
        (NETWORK, f"{HV01}/192.168.10.5/24"),
        ("KerberosDelegation", "10.0.0.5"),
        ("KerberosDelegation", "HV01, HV02"),
    ],
)
def test_an_id_that_can_be_none_is_refused_at_import(bench: Bench, kind: str, id_: str) -> None:
    """With the id in the sentence, and without a message to any host."""
    with refused(InvalidInput, match=f"(?s){id_}.* (no id of a|can be no id of a) {kind}"):
        bench.read(kind, id_, {})
    assert bench.messages() == []
