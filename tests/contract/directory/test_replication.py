"""Waiting for a second domain controller: two embedded directories of one domain, kept in step by the test.

Objects of one scenario have the same objectGUID in each, and nothing replicates by itself, so the test is the
replication.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contract.directory.domains import TRANSITION, Embedded, announce_second, call_to, next_run, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.scenario import Directory as Place
from hyperv_migration.model.errors import PartiallyApplied, TimedOut
from hyperv_migration.model.settings import Connection
from hyperv_migration.operations import delegation

CIFS = {"cifs/HV02", "cifs/hv02.lab.test"}


@dataclass
class Pair:
    """Two domain controllers, of which the first is written to."""

    first: EmbeddedDirectory
    second: EmbeddedDirectory
    connection: Connection

    def replicate(self) -> None:
        """Carry HV01's delegation over, as one value, whoever wrote last."""
        services, control = Embedded(self.first).delegation("HV01")
        Embedded(self.second).set_delegation("HV01", sorted(services), control)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two controllers that know of each other."""
    with (
        EmbeddedDirectory(scenario()) as first,
        EmbeddedDirectory(replace(scenario(), directory=Place(host_name="dc2"))) as second,
    ):
        announce_second(first)
        known = Embedded(first).connection()
        yield Pair(
            first,
            second,
            replace(
                known,
                directory=replace(known.directory, replication_timeout=2),
                addresses=(*known.addresses, ("dc2.lab.test", f"{second.address}:{second.port}")),
            ),
        )
        disconnect()


def soon_after_the_write(pair: Pair, act: Callable[[], None]) -> threading.Thread:
    """Do something half a second after the first controller's next modify, however long that takes to come."""
    before = len(pair.first.journal.operations("modify"))

    def wait() -> None:
        deadline = time.monotonic() + 30
        while len(pair.first.journal.operations("modify")) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        act()

    return threading.Thread(target=wait)


def inputs(**given: Any) -> dict[str, Any]:
    """Return checked inputs for cifs of HV02."""
    return delegation.check({"source": "HV01", "destinations": ["HV02"], "services": ["cifs"], **given})[0]


def test_both_are_found(pair: Pair) -> None:
    """The configuration partition lists them, with their site."""
    port = Directory(pair.connection)
    assert (port.replicas(None), port.replicas("default-first-site-name"), port.replicas("Elsewhere")) == (
        ["dc1.lab.test", "dc2.lab.test"],
        ["dc1.lab.test", "dc2.lab.test"],
        [],
    )


@pytest.mark.parametrize("which", ["HostSite", "AllWritable"])
def test_the_operation_ends_when_the_other_has_the_change(pair: Pair, which: str) -> None:
    """It is asked by its own name until it shows the entries and the bit."""
    call, _ = call_to(pair.connection)
    replication = soon_after_the_write(pair, pair.replicate)
    replication.start()
    _, state = delegation.create(inputs(waitForReplication=which), call)
    replication.join()
    assert (state["replicatedTo"], state["pendingReplication"]) == (["dc1.lab.test", "dc2.lab.test"], [])
    assert Embedded(pair.second).delegation("HV01") == (CIFS, TRANSITION)


def test_one_that_lags_leaves_a_partial_state_that_the_next_update_completes(pair: Pair) -> None:
    """The user is told which, and that the write itself is done."""
    call, _ = call_to(pair.connection)
    with pytest.raises(PartiallyApplied, match=r"it has not reached dc2\.lab\.test") as lagging:
        delegation.create(inputs(), call)
    state = lagging.value.state
    assert (state["pendingReplication"], state["destinations"]) == (["dc2.lab.test"], ["HV02"])
    assert delegation.diff(state, inputs()).changed == ("waitForReplication",)
    pair.replicate()
    completed = delegation.update(lagging.value.id, state, inputs(), call)
    assert (completed["pendingReplication"], delegation.diff(completed, inputs()).changed) == ([], ())


def test_tickets_are_purged_once_the_change_has_arrived(pair: Pair) -> None:
    """A ticket asked anew from the one that lags would be an old one; here the host does not answer, which tells."""
    call, heard = call_to(pair.connection)
    with pytest.raises(PartiallyApplied) as lagging:
        delegation.create(inputs(purgeTickets=True), call)
    state = lagging.value.state
    assert (heard.warnings, state["newTicketNeeded"]) == ([], True)
    pair.replicate()
    completed = delegation.update(lagging.value.id, state, inputs(purgeTickets=True), call)
    assert ["HV01 were not purged: hv01.lab.test does not answer" in warning for warning in heard.warnings] == [True]
    assert completed["newTicketNeeded"] is True
    delegation.update(lagging.value.id, completed, inputs(purgeTickets=True), call)
    assert len(heard.warnings) == 1


def test_a_destroy_that_has_not_arrived_purges_when_it_is_repeated(pair: Pair) -> None:
    """The engine keeps the resource until then."""
    call, heard = call_to(pair.connection)
    id_, state = delegation.create(inputs(waitForReplication="None"), call)
    pair.replicate()
    call = next_run(call)
    state = {**state, "waitForReplication": "AllWritable", "purgeTickets": True}
    with pytest.raises(
        TimedOut, match=r"run the same command again, or raise .* run pulumi up --refresh; an up without"
    ):
        delegation.delete(id_, state, call)
    assert heard.warnings == []
    pair.replicate()
    delegation.delete(id_, state, call)
    assert ["were not purged" in warning for warning in heard.warnings] == [True]


def test_a_refresh_sees_that_the_change_has_arrived(pair: Pair) -> None:
    """Only those that lagged are asked again."""
    call, _ = call_to(pair.connection)
    with pytest.raises(PartiallyApplied) as lagging:
        delegation.create(inputs(), call)
    pair.replicate()
    state = delegation.read(lagging.value.id, lagging.value.state, call)
    assert state is not None
    assert (state["pendingReplication"], state["replicatedTo"]) == ([], ["dc1.lab.test", "dc2.lab.test"])


def test_none_waits_for_nobody(pair: Pair) -> None:
    """The write on one domain controller is enough."""
    call, _ = call_to(pair.connection)
    _, state = delegation.create(inputs(waitForReplication="None"), call)
    assert (state["replicatedTo"], pair.second.journal.counts()) == (["dc1.lab.test"], {})


def test_one_that_is_down_is_a_warning(pair: Pair) -> None:
    """It may have been dead for long; the operation succeeds without it."""
    pair.second.stop()
    call, heard = call_to(pair.connection)
    _, state = delegation.create(inputs(), call)
    assert (state["replicatedTo"], state["pendingReplication"]) == (["dc1.lab.test"], [])
    assert ["dc2.lab.test could not be asked" in warning for warning in heard.warnings] == [True]


def test_a_change_that_was_overwritten_from_elsewhere_is_written_once_more(pair: Pair) -> None:
    """The last writer wins the whole list, so the first controller is read again after the second has converged."""

    def overtake() -> None:
        pair.replicate()
        pair.first.inject(
            "lost-race",
            act={"act": "set_delegation", "computer": "HV01", "spns": ["http/web"]},
            when={"operation": "search", "name": "<GUID="},
        )

    call, heard = call_to(pair.connection)
    replication = soon_after_the_write(pair, overtake)
    replication.start()
    _, state = delegation.create(inputs(), call)
    replication.join()
    assert Embedded(pair.first).delegation("HV01") == ({*CIFS, "http/web"}, TRANSITION)
    assert set(state["addedServicePrincipalNames"]) == CIFS
    assert ["replaced this one" in warning for warning in heard.warnings] == [True]


def test_a_destroy_waits_too(pair: Pair) -> None:
    """A removal that has not arrived still grants."""
    call, _ = call_to(pair.connection)
    id_, state = delegation.create(inputs(waitForReplication="None"), call)
    pair.replicate()
    call = next_run(call)
    replication = soon_after_the_write(pair, pair.replicate)
    replication.start()
    delegation.delete(id_, {**state, "waitForReplication": "AllWritable"}, call)
    replication.join()
    assert Embedded(pair.second).delegation("HV01") == (set(), 0x1000)
