"""Waiting for two real domain controllers, and what each one's KDC says meanwhile (active-directory.md, 54 to 64)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from hyperv_migration.model.errors import PartiallyApplied, TimedOut
from hyperv_migration.operations import delegation
from support.samba_accounts import CONTROLLER, MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names
from support.samba_bench import Bench, checked
from support.samba_pair import SECOND, Pair

pytestmark = pytest.mark.samba

CIFS = set(service_names("cifs", "HV02"))
DELEGATED = (CIFS, MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
NOTHING: tuple[set[str], int] = (set(), MEMBER)
TARGET = "cifs/hv02.lab.test"


def granted(pair: Pair) -> tuple[bool, bool]:
    """What the KDC of the first and of the second domain controller answers."""
    return pair.first.kdc.s4u2proxy("HV01", TARGET), pair.second.kdc.s4u2proxy("HV01", TARGET)


def lists(pair: Pair) -> tuple[tuple[set[str], int], tuple[set[str], int]]:
    """HV01's delegation as each of them has it."""
    return pair.first.delegation("HV01"), pair.second.delegation("HV01")


@pytest.mark.parametrize("which", ["HostSite", "AllWritable"])
def test_an_operation_ends_when_every_kdc_grants(pair: Pair, bench: Bench, which: str) -> None:
    """Whoever asks whichever domain controller after `up` is granted, and after `destroy` is refused."""
    id_, state = bench.create(services=["cifs"], waitForReplication=which)
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER, SECOND], [])
    assert granted(pair) == (True, True)
    bench.delete(id_, state)
    assert granted(pair) == (False, False)


@pytest.mark.parametrize("which", ["HostSite", "AllWritable"])
def test_one_that_lags_is_named_at_the_deadline_and_the_next_update_completes(
    pair: Pair, bench: Bench, which: str
) -> None:
    """The state says where the change is, as the two KDCs do; an update before it has arrived says so again."""
    pair.pause(pair.second)
    began = time.monotonic()
    with pytest.raises(PartiallyApplied, match=r"after 2 s it has not reached dc2\.lab\.test") as lagging:
        bench.create(services=["cifs"], waitForReplication=which)
    assert 2 <= time.monotonic() - began < 6
    state = lagging.value.state
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [SECOND])
    assert (set(state["servicePrincipalNames"]), lists(pair)) == (CIFS, (DELEGATED, NOTHING))
    assert granted(pair) == (True, False)

    with pytest.raises(PartiallyApplied, match=r"dc2\.lab\.test") as still:
        bench.update(lagging.value.id, state, services=["cifs"], waitForReplication=which)
    pair.resume(pair.second)
    completed = bench.update(lagging.value.id, still.value.state, services=["cifs"], waitForReplication=which)
    assert (completed["replicatedTo"], completed["pendingReplication"]) == ([CONTROLLER, SECOND], [])
    assert granted(pair) == (True, True)


def test_none_waits_for_nobody(pair: Pair, bench: Bench) -> None:
    """The write on one domain controller is enough, and nothing is claimed of the other."""
    pair.pause(pair.second)
    _, state = bench.create(services=["cifs"], waitForReplication="None")
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [])
    assert granted(pair) == (True, False)


def stop(pair: Pair) -> None:
    """Switch the second domain controller off."""
    pair.second.controller.stop()


def freeze(pair: Pair) -> None:
    """Hang the second domain controller, with its ports open."""
    pair.second.controller.freeze()


@pytest.mark.parametrize("silence", [freeze, stop])
def test_one_that_says_nothing_is_not_one_that_has_it(
    pair: Pair, bench: Bench, silence: Callable[[Pair], None]
) -> None:
    """It may have been dead for long, so the operation succeeds, with a warning that names it."""
    silence(pair)
    _, state = bench.create(services=["cifs"])
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [])
    assert ["dc2.lab.test could not be asked" in warning for warning in bench.said.warnings] == [True]
    assert pair.first.kdc.s4u2proxy("HV01", TARGET)


def test_a_refresh_sees_that_the_change_has_arrived(pair: Pair, bench: Bench) -> None:
    """Only those that lagged are asked again."""
    pair.pause(pair.second)
    with pytest.raises(PartiallyApplied) as lagging:
        bench.create(services=["cifs"])
    pair.resume(pair.second)
    pair.converge()
    state = bench.read(lagging.value.id, lagging.value.state)
    assert state is not None
    assert (state["pendingReplication"], state["replicatedTo"]) == ([], [CONTROLLER, SECOND])
    assert delegation.diff(state, checked(services=["cifs"])).changed == ()


def test_a_change_lost_to_another_domain_controller_is_found_and_made_again(pair: Pair, bench: Bench) -> None:
    """Both were written while separated, the other one later: the last writer wins the whole list (fact 12)."""
    pair.pause(pair.first)
    pair.pause(pair.second)
    bench.configuration["directory"]["replicationTimeout"] = 30
    kept: list[dict[str, object]] = []
    creating = threading.Thread(target=lambda: kept.append(bench.create(services=["cifs"])[1]))
    creating.start()
    while creating.is_alive() and not any("waiting" in step for step in bench.said.progressed):
        time.sleep(0.05)
    # Three versions there beat the one here.
    for entries in (["http/one"], ["http/two"], ["http/two", "http/three"]):
        pair.second.set_delegation("HV01", entries, MEMBER)
    pair.resume(pair.first)
    pair.resume(pair.second)
    creating.join()
    state = kept[0]
    assert ["replaced this one" in warning for warning in bench.said.warnings] == [True]
    everything = ({*CIFS, "http/two", "http/three"}, DELEGATED[1])
    assert lists(pair) == (everything, everything)
    assert (state["replicatedTo"], state["addedServicePrincipalNames"]) == ([CONTROLLER, SECOND], sorted(CIFS))
    assert granted(pair) == (True, True)


def test_a_change_lost_after_the_deadline_is_in_the_state_as_lost(pair: Pair, bench: Bench) -> None:
    """A refresh tells the truth of the domain controller written to, and the next update makes the change again."""
    pair.pause(pair.first)
    pair.pause(pair.second)
    with pytest.raises(PartiallyApplied) as lagging:
        bench.create(services=["cifs"])
    for entries in (["http/one"], ["http/two"], ["http/two", "http/three"]):
        pair.second.set_delegation("HV01", entries, MEMBER)
    pair.resume(pair.first)
    pair.resume(pair.second)
    pair.converge()
    id_, state = lagging.value.id, bench.read(lagging.value.id, lagging.value.state)
    assert state is not None
    assert state["servicePrincipalNames"] == []
    assert delegation.diff(state, checked(services=["cifs"])).changed != ()
    completed = bench.update(id_, state, services=["cifs"])
    assert set(completed["addedServicePrincipalNames"]) == CIFS
    assert granted(pair) == (True, True)


def test_a_destroy_is_not_done_while_one_still_grants(pair: Pair, bench: Bench) -> None:
    """Not at the first attempt, and not at the second one, which finds nothing left to write."""
    id_, state = bench.create(services=["cifs"])
    pair.pause(pair.second)
    for _ in range(2):
        with pytest.raises(TimedOut, match=r"has not reached dc2\.lab\.test"):
            bench.delete(id_, state)
        assert granted(pair) == (False, True)
    pair.resume(pair.second)
    bench.delete(id_, state)
    assert granted(pair) == (False, False)
    assert lists(pair) == (NOTHING, NOTHING)
