"""How many messages an operation costs on a host (DESIGN §5), counted where they arrive."""

from __future__ import annotations

from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host, Network
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
NETWORKS = "Msvm_VirtualSystemMigrationNetworkSettingData"
SERVICE = "Msvm_VirtualSystemMigrationService"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)


def ready(bench: Bench) -> None:
    """Let the facts of the host be known, as they are after its first resource."""
    bench.read(HOST, "hv01.lab.test", {})
    bench.host().journal.reset()


def test_a_host_is_created_in_six_messages_at_most(bench: Bench) -> None:
    """Networks, settings, the write, and the two reads after it."""
    bench.host().add_network("192.168.9.0", 24)
    ready(bench)
    bench.create(HOST, computerName="hv01.lab.test", enabled=True, authenticationType="Kerberos")
    assert bench.messages() == [NETWORKS, SETTING, "ModifyServiceSettings", SETTING, SERVICE]


def test_a_host_whose_any_network_changes_is_created_in_four_more(bench: Bench) -> None:
    """Two calls add the pair, and the list is read once more."""
    bench.host().add_network("192.168.9.0", 24)
    ready(bench)
    bench.create(HOST, computerName="hv01.lab.test", enabled=True, useAnyNetwork=True)
    assert len(bench.messages()) <= 6 + 4


def test_a_host_is_updated_in_five_messages_at_most(bench: Bench) -> None:
    """The list, which somebody may have emptied; read, write, read, listeners."""
    bench.host().add_network("192.168.9.0", 24)
    id_, state = bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    bench.host().journal.reset()
    bench.update(HOST, id_, state, computerName="hv01.lab.test", enabled=True, maximumStorageMigrations=4)
    assert bench.messages() == [NETWORKS, SETTING, "ModifyServiceSettings", SETTING, SERVICE]


def test_switching_off_looks_for_running_migrations_first(bench: Bench) -> None:
    """One message more, and the settings are still read directly before they are written."""
    bench.host().add_network("192.168.9.0", 24)
    id_, state = bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    bench.host().journal.reset()
    bench.update(HOST, id_, state, computerName="hv01.lab.test", enabled=False)
    assert bench.messages() == [NETWORKS, SERVICE, SETTING, "ModifyServiceSettings", SETTING, SERVICE]


def test_a_host_is_read_in_three_messages_and_deleted_in_four(bench: Bench) -> None:
    """Refresh and destroy."""
    id_, state = bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    bench.host().journal.reset()
    bench.read(HOST, id_, state)
    assert len(bench.messages()) == 3
    bench.new_run()
    ready(bench)
    bench.delete(HOST, id_, state)
    assert bench.messages() == [SERVICE, SETTING, "ModifyServiceSettings", SETTING]


@pytest.mark.parametrize("more", [{}, {"enabled": False}, {"useAnyNetwork": True}])
def test_settings_are_read_directly_before_they_are_written(bench: Bench, more: dict[str, Any]) -> None:
    """They are written as a whole: in a fresh process too, and whatever else an operation asks or writes on its way."""
    inputs = {"computerName": "hv01.lab.test", "enabled": True, "maximumStorageMigrations": 3}
    id_, state = bench.create(HOST, **inputs)
    bench.new_run()
    bench.update(HOST, id_, state, **{**inputs, "maximumStorageMigrations": 4, **more})
    messages = bench.messages()
    bench.new_run()
    bench.delete(HOST, id_, state)
    messages += bench.messages()
    before = [messages[place - 1] for place, each in enumerate(messages) if each == "ModifyServiceSettings"]
    assert before == [SETTING] * 2


def test_jobs_add_polls_and_no_messages(bench_of: MakeBench) -> None:
    """Polls are counted apart."""
    bench = bench_of(Host(name="HV01", jobs=True, networks=(NAMED,)))
    ready(bench)
    bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    counts = bench.host().journal.counts()
    assert (len(bench.messages()), counts["jobPolls"] > 0) == (5, True)


def test_a_network_costs_three_messages_to_write_and_two_to_read(bench: Bench) -> None:
    """List, write, list; what a list lacks costs a look at the service behind it, and an empty list is asked for again."""
    bench.host().add_network("192.168.9.0", 24)
    ready(bench)
    id_, state = bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24", priority=3)
    assert bench.messages() == [NETWORKS, SERVICE, "AddNetworkSettings", NETWORKS]
    bench.host().journal.reset()
    state = bench.update(NETWORK, id_, state, computerName="hv01.lab.test", subnet="192.168.10.0/24", priority=4)
    assert bench.messages() == [NETWORKS, "ModifyNetworkSettings", NETWORKS]
    bench.host().journal.reset()
    bench.read(NETWORK, id_, state)
    assert len(bench.messages()) <= 2
    bench.new_run()
    ready(bench)
    bench.host().add_network("192.168.11.0", 24)
    bench.delete(NETWORK, id_, state)
    assert bench.messages() == [NETWORKS, "RemoveNetworkSettings", NETWORKS]


def test_the_last_entry_of_a_list_costs_one_message_more(bench: Bench) -> None:
    """Whether live migration is on, which an empty list makes a warning of."""
    id_, state = bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24")
    bench.new_run()
    ready(bench)
    bench.delete(NETWORK, id_, state)
    assert bench.messages() == [NETWORKS, "RemoveNetworkSettings", NETWORKS, SETTING]


def test_an_empty_list_costs_two_more_messages(bench: Bench) -> None:
    """Nothing in it shows that the service answered: it is seen, and the list is asked for again."""
    ready(bench)
    bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    assert bench.messages() == [NETWORKS, SERVICE, NETWORKS, SETTING, "ModifyServiceSettings", SETTING, SERVICE]
    bench.host().journal.reset()
    bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24")
    assert bench.messages() == [NETWORKS, SERVICE, NETWORKS, "AddNetworkSettings", NETWORKS]


def test_every_resource_of_a_host_shares_one_sign_in(bench: Bench) -> None:
    """One authenticated connection per host and process, facts read once (DESIGN §5)."""
    bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24")
    bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.11.0/24")
    bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    received = bench.host().journal.received()
    assert len({one.connection for one in received}) == 1
    assert len([one for one in received if one.class_name == "Win32_ComputerSystem"]) == 1


def test_an_existing_entry_costs_one_message(bench_of: MakeBench) -> None:
    """Nothing to write, nothing to read back."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,)))
    ready(bench)
    bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24")
    assert bench.messages() == [NETWORKS]


def test_the_first_contact_sees_the_service_and_stays_within_six(bench: Bench) -> None:
    """What proves that lists are to be believed also names the service that the write is sent to."""
    bench.create(HOST, computerName="hv01.lab.test", enabled=True)
    assert bench.messages() == [SERVICE, NETWORKS, SETTING, "ModifyServiceSettings", SETTING, SERVICE]
    bench.new_run()
    bench.create(NETWORK, computerName="hv01.lab.test", subnet="192.168.10.0/24")
    assert bench.messages() == [SERVICE, NETWORKS, SERVICE, "AddNetworkSettings", NETWORKS]
