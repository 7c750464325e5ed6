"""The entries for any network and the last entry of a list: what was found comes back, and an empty list is never silent."""

from __future__ import annotations

from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
SUBNET = "192.168.10.0/24"
IDS = [f"{HV01}/{SUBNET}"]
TAG = "Microsoft:UserManagedAllNetworks"
NOWHERE = "listens nowhere"

HALF = Network(subnet_number="0.0.0.0", prefix_length=0, tags=(TAG,))
OTHER_HALF = Network(subnet_number="::", prefix_length=0, tags=(TAG,))
MARKED = Network(subnet_number="::0", prefix_length=0, metric=7, tags=(TAG, "Contoso:Kept"))
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)
FOREIGN = Network(subnet_number="192.168.99.0", prefix_length=24, metric=3)
FOUND = [
    pytest.param((HALF, OTHER_HALF), id="a pair"),
    pytest.param((HALF, MARKED), id="a pair with a metric and a tag"),
    pytest.param((HALF, OTHER_HALF, MARKED), id="three"),
    pytest.param((HALF, OTHER_HALF, NAMED), id="a pair and the subnet"),
    pytest.param((HALF, OTHER_HALF, FOREIGN), id="a pair and another subnet"),
    pytest.param((HALF, FOREIGN), id="half a pair"),
    pytest.param((FOREIGN, FOREIGN), id="one subnet twice"),
]


def listed(bench: Bench) -> list[tuple[str, int, int, tuple[str, ...]]]:
    """All that the entries of HV01 say, however they are ordered; both spellings of ::/0 are one."""
    entries = bench.host().networks
    return sorted(
        (each.subnet_number.replace("::0", "::"), each.prefix_length, each.metric, each.tags) for each in entries
    )


def enabled(bench_of: MakeBench, *networks: Network) -> Bench:
    """HV01, switched on, with these entries; it takes a subnet twice."""
    bench = bench_of(Host(name="HV01", networks=networks, options=Options(duplicate_network=0)))
    bench.host().change(EnableVirtualSystemMigration=True)
    return bench


def never_silent(bench: Bench) -> bool:
    """Whether the list had an entry at each moment in which live migration was on."""
    return all(
        change.snapshot.networks or not change.snapshot.settings["EnableVirtualSystemMigration"]
        for change in bench.host().history
    )


def confined(bench: Bench, **more: Any) -> tuple[tuple[str, Any], tuple[str, Any]]:
    """A network and a host that is confined to it."""
    network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    inputs = {"computerName": HV01, "enabled": True, "useAnyNetwork": False, "networks": IDS, **more}
    return network, bench.create(HOST, **inputs)


@pytest.mark.parametrize("found", FOUND)
def test_a_released_any_network_goes_back_to_what_was_found(bench_of: MakeBench, found: tuple[Network, ...]) -> None:
    """Taken out with its networks: the host is updated first, so the list is never empty; destroy finds it so."""
    bench = enabled(bench_of, *found)
    before = listed(bench)
    network, (id_, state) = confined(bench)
    bench.new_run()
    assert bench.changed(HOST, state, computerName=HV01, enabled=True) == ("useAnyNetwork",)
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    bench.delete(NETWORK, *network)
    assert (listed(bench), never_silent(bench)) == (before, True)
    assert "useAnyNetwork" not in {**state["priorSettings"], **state["writtenSettings"]}
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert (listed(bench), never_silent(bench)) == (before, True)


@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("wanted", [True, False], ids=["any", "named only"])
def test_destroy_leaves_the_entries_that_were_found(
    bench_of: MakeBench, found: tuple[Network, ...], *, wanted: bool
) -> None:
    """Entry by entry, with metric and tags, whatever of the pair was there."""
    bench = enabled(bench_of, *found)
    before = listed(bench)
    network, (id_, state) = confined(bench, useAnyNetwork=wanted)
    bench.new_run()
    assert bench.read(HOST, id_, state) is not None
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, *network)
    assert (listed(bench), never_silent(bench)) == (before, True)


def test_a_host_that_takes_no_subnet_twice_gets_it_back_once(bench_of: MakeBench) -> None:
    """A refusal never blocks a destroy; what could not be put back is said."""
    bench = bench_of(Host(name="HV01", networks=(HALF, OTHER_HALF, MARKED)))
    network, (id_, state) = confined(bench)
    bench.new_run()
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, *network)
    assert [entry[1] for entry in listed(bench)] == [0, 0]
    assert any("found more than once" in said for said in bench.said.warnings)


def test_a_released_setting_other_than_any_network_keeps_its_value(bench_of: MakeBench) -> None:
    """As documented: only the list goes back."""
    bench = enabled(bench_of, HALF, OTHER_HALF)
    _, (id_, state) = confined(bench, maximumStorageMigrations=4)
    bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    assert bench.host().settings["MaximumActiveStorageMigration"] == 4


def test_a_state_of_an_older_version_still_brings_the_pair_back(bench_of: MakeBench) -> None:
    """It knows that any network was found, and not with which entries."""
    bench = enabled(bench_of, HALF, OTHER_HALF)
    before = listed(bench)
    network, (id_, state) = confined(bench)
    del state["priorAnyNetworks"]
    bench.new_run()
    bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    bench.delete(NETWORK, *network)
    assert listed(bench) == before


def test_what_somebody_changed_since_is_left_at_a_release(bench_of: MakeBench) -> None:
    """The pair was added by hand again: it is as it was found, and is not added twice."""
    bench = enabled(bench_of, HALF, OTHER_HALF)
    network, (id_, state) = confined(bench)
    for half in (HALF, OTHER_HALF):
        bench.host().add_network(half.subnet_number, 0, tags=half.tags)
    bench.new_run()
    refreshed = bench.read(HOST, id_, state)
    assert refreshed is not None
    bench.update(HOST, id_, refreshed, computerName=HV01, enabled=True)
    bench.delete(NETWORK, *network)
    assert [entry[1] for entry in listed(bench)] == [0, 0]


def test_a_pair_that_somebody_added_where_none_was_found_is_left_with_a_warning(bench_of: MakeBench) -> None:
    """It is not ours to remove."""
    bench = enabled(bench_of, FOREIGN)
    _, (id_, state) = confined(bench)
    for half in (HALF, OTHER_HALF):
        bench.host().add_network(half.subnet_number, 0, tags=half.tags)
    bench.new_run()
    bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    assert [entry[1] for entry in listed(bench)].count(0) == 2
    assert any("changed to True by somebody else" in said for said in bench.said.warnings)


def test_a_pair_that_we_added_to_an_empty_list_goes_at_destroy_and_not_before(bench_of: MakeBench) -> None:
    """Released while live migration stays on it would leave nothing: it stays, with a word, and nothing is forgotten."""
    bench = enabled(bench_of)
    id_, state = bench.create(HOST, computerName=HV01, enabled=True, useAnyNetwork=True)
    bench.new_run()
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    assert [entry[1] for entry in listed(bench)] == [0, 0]
    assert any("would listen nowhere" in said for said in bench.said.warnings)
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert listed(bench) == []


def test_a_pair_that_we_added_goes_at_release_where_a_network_stays(bench_of: MakeBench) -> None:
    """Also later, once one is there; networks that the program has just left out do not count."""
    bench = enabled(bench_of)
    network, (id_, state) = confined(bench, useAnyNetwork=True)
    bench.new_run()
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    assert len(listed(bench)) == 3
    bench.new_run()
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True, maximumStorageMigrations=4)
    assert [entry[1] for entry in listed(bench)] == [24]
    assert "useAnyNetwork" not in state["priorSettings"]
    bench.new_run()
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, *network)
    assert listed(bench) == []


def test_any_network_is_not_switched_off_for_networks_that_are_leaving(bench_of: MakeBench) -> None:
    """The networks input names them no longer, so they may go right after."""
    bench = enabled(bench_of)
    _, (id_, state) = confined(bench, useAnyNetwork=True)
    with pytest.raises(Exception, match="listen nowhere"):
        bench.update(HOST, id_, state, computerName=HV01, enabled=True, useAnyNetwork=False)
    assert len(listed(bench)) == 3


def test_a_failed_release_is_completed_by_the_next_update(bench_of: MakeBench) -> None:
    """One half was added when the host refused the other: what was found stays known until all of it is back."""
    bench = enabled(bench_of, HALF, OTHER_HALF)
    before = listed(bench)
    network, (id_, state) = confined(bench)
    bench.new_run()
    bench.host().inject("return-value", code=32768, when={"method": "AddNetworkSettings", "after": 1})
    with pytest.raises(Exception, match="AddNetworkSettings") as refused:
        bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    state = refused.value.state  # type: ignore[attr-defined]
    bench.new_run()
    bench.update(HOST, id_, state, computerName=HV01, enabled=True)
    bench.delete(NETWORK, *network)
    assert (listed(bench), never_silent(bench)) == (before, True)


@pytest.mark.parametrize("way", ["ours", "found and to be removed", "by hand"])
def test_the_last_entry_does_not_go_without_a_word(bench_of: MakeBench, way: str) -> None:
    """Whoever takes it away: at the delete, and at every later read and update of the host while it is so."""
    bench = enabled(bench_of, *((NAMED,) if way == "found and to be removed" else ()))
    more = {"onDestroy": "Remove"} if way == "found and to be removed" else {}
    network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET, **more)
    inputs = {"computerName": HV01, "enabled": True, "useAnyNetwork": False}
    id_, state = bench.create(HOST, **inputs, networks=IDS)
    bench.new_run()
    bench.said.warnings.clear()
    if way == "by hand":
        bench.host().remove_network(SUBNET)
    bench.delete(NETWORK, *network)
    assert [NOWHERE in said and HV01 in said for said in bench.said.warnings] == [True]
    bench.new_run()
    bench.read(HOST, id_, state)
    assert [NOWHERE in said for said in bench.said.warnings] == [True, True]
    bench.update(HOST, id_, state, **inputs, maximumStorageMigrations=4)
    assert [NOWHERE in said for said in bench.said.warnings] == [True, True, True]
    bench.host().add_network("192.168.10.0", 24)
    bench.read(HOST, id_, state)
    assert len(bench.said.warnings) == 3


def test_a_host_is_not_left_with_the_empty_list_that_was_found_without_a_word(bench_of: MakeBench) -> None:
    """It was found enabled and listening nowhere, listened meanwhile, and is as it was found again."""
    bench = enabled(bench_of)
    id_, state = bench.create(HOST, computerName=HV01, useAnyNetwork=True)
    bench.new_run()
    bench.said.warnings.clear()
    bench.delete(HOST, id_, state)
    assert (listed(bench), [NOWHERE in said and HV01 in said for said in bench.said.warnings]) == ([], [True])


def test_an_entry_that_is_there_after_a_refusal_is_adopted_with_a_word(bench: Bench) -> None:
    """Nothing tells whether somebody else was faster or the host did what it said it could not do."""
    bench.host().inject("return-value", code=32768, applied=True, when={"method": "AddNetworkSettings"})
    _, state = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    assert state["preexisting"]
    assert [SUBNET in said and "32768" in said and "onDestroy" in said for said in bench.said.warnings] == [True]


def test_an_empty_list_of_a_host_that_is_off_is_no_warning(bench: Bench) -> None:
    """As destroy leaves a fresh host."""
    network, (id_, state) = confined(bench)
    bench.new_run()
    bench.said.warnings.clear()
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, *network)
    assert (listed(bench), bench.said.warnings) == ([], [])
