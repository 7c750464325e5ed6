from __future__ import annotations

import pytest

from contract.lab.client import NETWORK_SETTING, Client, instance, network
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options

INVALID_PARAMETER = "32773"
ANY_TAG = "Microsoft:UserManagedAllNetworks"


def _subnets(host: EmulatedHost) -> list[str]:
    return [f"{each.subnet_number}/{each.prefix_length}" for each in host.networks]


def test_network_is_added_under_an_identity_of_the_hosts_own(client: Client, host: EmulatedHost) -> None:
    """The method names no instance; the key is opaque and made by the server (§1.4, E10)."""
    answer = client.add("192.168.10.0/24", Metric=10, InstanceID="mine")
    (entry,) = host.networks
    assert answer == {"ReturnValue": "0"}
    assert (entry.subnet_number, entry.prefix_length, entry.metric, entry.tags, "mine" in entry.instance_id) == (
        "192.168.10.0",
        24,
        10,
        ("Microsoft:UserManaged",),
        False,
    )


def test_metric_is_zero_when_left_out(client: Client, host: EmulatedHost) -> None:
    """Assumed of real hosts (§10.6)."""
    client.add("192.168.10.0/24")
    assert host.networks[0].metric == 0


def test_several_networks_in_one_call(client: Client, host: EmulatedHost) -> None:
    """The parameter is an array (E10)."""
    texts = [network("192.168.10.0/24"), network("fd00:10::/64", Metric=20)]
    client.invoke("AddNetworkSettings", [("NetworkSettings", text) for text in texts])
    assert _subnets(host) == ["192.168.10.0/24", "fd00:10::/64"]


@pytest.mark.parametrize("again", ["192.168.10.0/24", "FD00:10:0::/64"])
def test_adding_a_subnet_twice_fails(client: Client, host: EmulatedHost, again: str) -> None:
    """Add is not idempotent, and spelling does not matter (§2.4, §10.2)."""
    for subnet in ("192.168.10.0/24", "fd00:10::/64"):
        client.add(subnet)
    assert (client.add(again)["ReturnValue"], len(host.networks)) == (INVALID_PARAMETER, 2)


def test_adding_a_subnet_twice_may_make_two(start_host: StartHost, connect: Connect) -> None:
    """The other thing a real host may do (§7 pitfall 21)."""
    host = start_host(Options(duplicate_network=0))
    client = connect(host)
    client.add("192.168.10.0/24")
    assert (client.add("192.168.10.0/24")["ReturnValue"], len(host.networks)) == ("0", 2)


@pytest.mark.parametrize("subnet", ["192.168.10.5/24", "192.168.10.0/33", "fd00::1/64", "fd00::/129", "no-address/24"])
def test_subnet_that_is_none(client: Client, host: EmulatedHost, subnet: str) -> None:
    """Host bits, a prefix out of range and no address at all: invalid parameter (§10.2)."""
    assert (client.add(subnet)["ReturnValue"], host.networks) == (INVALID_PARAMETER, ())


@pytest.mark.parametrize(("option", "given", "kept"), [("::", "::0", "::"), ("::0", "::", "::0"), ("", "::0", "::0")])
def test_any_network_of_v6_comes_back_in_the_hosts_spelling(
    start_host: StartHost, connect: Connect, option: str, given: str, kept: str
) -> None:
    """Both spellings are known, and which one a host keeps is not (§10.5)."""
    host = start_host(Options(any_network_v6=option))
    connect(host).add(f"{given}/0", Tags=[ANY_TAG])
    assert _subnets(host) == [f"{kept}/0"]


@pytest.mark.parametrize(("normalise", "kept"), [(True, "fd00:1::"), (False, "FD00:1:0::")])
def test_other_v6_subnets_may_be_normalised(
    start_host: StartHost, connect: Connect, normalise: bool, kept: str
) -> None:
    """As given, unless the option says otherwise (§10.5)."""
    host = start_host(Options(normalise_v6=normalise))
    connect(host).add("FD00:1:0::/64")
    assert host.networks[0].subnet_number == kept


def test_all_or_nothing(client: Client, host: EmulatedHost) -> None:
    """One bad network in a call, and none is added."""
    texts = [network("192.168.10.0/24"), network("192.168.10.5/24")]
    client.invoke("AddNetworkSettings", [("NetworkSettings", text) for text in texts])
    assert host.networks == ()


def test_entry_is_removed_by_reference(client: Client, host: EmulatedHost) -> None:
    """RemoveNetworkSettings takes endpoint references (E11)."""
    identity = host.add_network("192.168.10.0", 24).instance_id
    host.add_network("10.0.0.0", 8)
    assert (client.remove(identity)["ReturnValue"], _subnets(host)) == ("0", ["10.0.0.0/8"])


def test_several_entries_are_removed_at_once(client: Client, host: EmulatedHost) -> None:
    """The any-network pair goes in one call (§2.3)."""
    pair = [host.add_network(number, 0, tags=(ANY_TAG,)).instance_id for number in ("0.0.0.0", "::")]
    client.remove(*pair)
    assert host.networks == ()


def test_absent_entry_cannot_be_removed(client: Client, host: EmulatedHost) -> None:
    """Nothing is removed when one reference leads nowhere (§10.2)."""
    identity = host.add_network("192.168.10.0", 24).instance_id
    assert (client.remove(identity, "none")["ReturnValue"], len(host.networks)) == (INVALID_PARAMETER, 1)


def test_absent_entry_may_be_taken_for_removed(start_host: StartHost, connect: Connect) -> None:
    """The other thing a real host may do (§10.2)."""
    assert connect(start_host(Options(absent_reference=0))).remove("none")["ReturnValue"] == "0"


def test_metric_is_modified_in_place(client: Client, host: EmulatedHost) -> None:
    """ModifyNetworkSettings keeps the identity and, left out, the tags (§2.2, §10.6)."""
    entry = host.add_network("192.168.10.0", 24, metric=1, tags=("a", "b"))
    text = instance(NETWORK_SETTING, {"InstanceID": entry.instance_id, "Metric": 7})
    client.invoke("ModifyNetworkSettings", [("NetworkSettings", text)])
    (changed,) = host.networks
    assert (changed.instance_id, changed.metric, changed.tags) == (entry.instance_id, 7, ("a", "b"))


def test_omitted_tags_may_be_cleared(start_host: StartHost, connect: Connect) -> None:
    """The other thing a real host may do (§10.6)."""
    host = start_host(Options(omitted_tags="clear"))
    entry = host.add_network("192.168.10.0", 24, tags=("a",))
    text = instance(NETWORK_SETTING, {"InstanceID": entry.instance_id, "Metric": 7})
    connect(host).invoke("ModifyNetworkSettings", [("NetworkSettings", text)])
    assert host.networks[0].tags == ()


@pytest.mark.parametrize("change", [{"InstanceID": "none", "Metric": 7}, {"Metric": 7}, {"SubnetNumber": "10.0.0.0"}])
def test_modify_needs_an_entry_and_its_subnet(client: Client, host: EmulatedHost, change: dict[str, object]) -> None:
    """An unknown entry and another subnet are invalid parameters."""
    entry = host.add_network("192.168.10.0", 24)
    values = {"InstanceID": entry.instance_id, **change} if "SubnetNumber" in change else change
    answer = client.invoke("ModifyNetworkSettings", [("NetworkSettings", instance(NETWORK_SETTING, values))])
    assert (answer["ReturnValue"], host.networks) == (INVALID_PARAMETER, (entry,))


def test_network_made_by_hand_is_read_over_the_wire(client: Client, host: EmulatedHost) -> None:
    """Also one of a cluster's, which stands in the same list (§7 pitfall 25)."""
    host.add_network("10.0.0.0", 8, metric=5000, tags=("Microsoft:ClusterManaged",))
    (entry,) = client.query(f"SELECT * FROM {NETWORK_SETTING}")
    assert (entry["SubnetNumber"], entry["PrefixLength"], entry["Metric"], entry["Tags"]) == (
        "10.0.0.0",
        "8",
        "5000",
        "Microsoft:ClusterManaged",
    )


def test_entry_is_removed_by_hand_by_its_subnet(host: EmulatedHost) -> None:
    """At the console one names the subnet."""
    host.add_network("10.0.0.0", 8)
    host.remove_network("10.0.0.0/8")
    assert [change.what for change in host.history] == ["network added", "network removed"]


def test_history_shows_the_list_after_each_change(client: Client, host: EmulatedHost) -> None:
    """So that "at no moment without a network" can be asserted."""
    old = host.add_network("10.0.0.0", 8).instance_id
    client.add("192.168.10.0/24")
    client.remove(old)
    assert [len(change.snapshot.networks) for change in host.history] == [1, 2, 1]
