"""Hosts that hide root/cimv2 from the account, as real ones do from Remote Management Users (hyperv-wsman.md §6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Directory, Host, Scenario
from hyperv_migration.model.errors import AccessDenied, NotReady
from support.callers import ThroughFace, refused
from support.hosts import PASSWORD, Bench

HOST, NETWORK = "MigrationHost", "MigrationNetwork"
HV01, SUBNET = "hv01.lab.test", "192.168.10.0/24"
TWO_GROUPS = Account(
    name="operator", password=PASSWORD, administrator=False, remote_management_user=True, hyperv_administrator=True
)
GRANTED = replace(TWO_GROUPS, reads_cimv2=True)
SETTINGS: dict[str, Any] = {"enabled": True, "authenticationType": "Kerberos", "maximumStorageMigrations": 3}


@pytest.fixture
def bench_of(caller: ThroughFace) -> Iterator[Any]:
    """Start a lab whose only account is this one, with a directory if asked for, and sign in."""
    with ExitStack() as stack:

        def make(account: Account = TWO_GROUPS, *, directory: bool = False, host: Host | None = None) -> Bench:
            parts = {"accounts": (account,), "hosts": (host or Host(name="HV01"),)}
            lab = stack.enter_context(Lab(Scenario(**parts, directory=Directory() if directory else None)))
            bench = Bench(lab, caller)
            bench.new_run()
            if directory:
                bench.configuration |= {"directory": lab.configuration()["directory"]}
                bench.configuration["addresses"] = dict(lab.configuration()["addresses"])
            return bench

        yield make


def test_every_operation_works_with_the_two_groups_alone(bench_of: Any) -> None:
    """What root/cimv2 would tell is unknown; the id is what it is with the grant."""
    bench = bench_of()
    found = bench.host().snapshot
    id_, state = bench.create(HOST, computerName=HV01, **SETTINGS)
    network_id, network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET, priority=5)
    assert (id_, network_id) == (HV01, f"{HV01}/{SUBNET}")
    assert {"operatingSystem", "osBuild"} & set(state) == set()
    assert any("root/cimv2" in told and "docs/rights.md" in told for told in bench.said.warnings)
    bench.new_run()
    assert bench.read(HOST, id_, state) == state
    assert bench.read(NETWORK, network_id, network) == network
    bench.new_run()
    state = bench.update(HOST, id_, state, computerName=HV01, **{**SETTINGS, "maximumStorageMigrations": 4})
    network = bench.update(NETWORK, network_id, network, computerName=HV01, subnet=SUBNET, priority=6)
    bench.new_run()
    imported = bench.read(HOST, HV01, {})
    assert imported is not None
    assert imported["maximumStorageMigrations"] == 4
    bench.new_run()
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, network_id, network)
    assert bench.host().snapshot == found


def test_a_grant_changes_no_identity(bench_of: Any) -> None:
    """A state made without it is read, updated and deleted with it."""
    bench = bench_of(GRANTED)
    id_, state = bench.create(HOST, computerName=HV01, **SETTINGS)
    assert state["osBuild"] == 20348
    assert not any("root/cimv2" in told for told in bench.said.warnings)
    other = bench_of(TWO_GROUPS)
    assert other.create(HOST, computerName=HV01, **SETTINGS)[0] == id_


@pytest.mark.parametrize("called", ["hv01", "alias.lab.test", "127.0.0.9"])
def test_a_host_under_another_name_is_found_in_the_directory(bench_of: Any, called: str) -> None:
    """By the computer name that Hyper-V tells."""
    bench = bench_of(directory=True)
    bench.configuration["addresses"] |= {called: bench.host().url}
    assert bench.create(HOST, computerName=called, **SETTINGS)[0] == HV01


@pytest.mark.parametrize("called", ["hv01", "alias.lab.test"])
def test_without_a_directory_the_sentence_says_what_would_tell_the_name(bench_of: Any, called: str) -> None:
    """No domain is asked that nobody configured."""
    bench = bench_of()
    bench.configuration["addresses"] |= {called: bench.host().url}
    with refused(AccessDenied, match=r"root/cimv2.*in full.*Enable and Remote Enable.*docs/rights.md"):
        bench.create(HOST, computerName=called, **SETTINGS)
    assert not [one for one in bench.host().history if one.by != "setup"]


def test_a_long_name_is_told_by_its_first_fifteen_characters(bench_of: Any) -> None:
    """The computer name is cut there."""
    bench = bench_of(host=Host(name="HYPERVHOST-ROOM7-RACK12"))
    full = "hypervhost-room7-rack12.lab.test"
    assert bench.create(HOST, computerName=full, **SETTINGS)[0] == full


def test_a_service_that_starts_is_waited_for(bench_of: Any) -> None:
    """Nothing else tells who the host is."""
    bench = bench_of()
    bench.host().inject("not-ready", times=1)
    assert bench.create(HOST, computerName=HV01, **SETTINGS)[0] == HV01
    bench.new_run()
    bench.configuration["winrm"] = {"readyTimeout": 1}
    bench.host().change_facts(service_running=False)
    with refused(NotReady, match="vmms"):
        bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
