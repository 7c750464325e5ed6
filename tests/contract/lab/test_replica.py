"""A second domain controller in the lab, and what the provider makes of one that lags."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory, Host, Replica
from hyperv_migration.model.errors import PartiallyApplied
from support.callers import Caller, refused
from support.hosts import Bench, scenario

KIND = "KerberosDelegation"
DECLARED = {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"], "services": ["cifs"]}
CIFS = {"cifs/HV02", "cifs/hv02.lab.test"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Two hosts and two domain controllers."""
    with Lab(scenario(Host(name="HV01"), Host(name="HV02"), directory=Directory(replica=Replica()))) as lab:
        yield lab
    disconnect()


def listed(lab: Lab) -> tuple[set[str], set[str]]:
    """HV01's entries as each of the two has them."""
    assert lab.directory is not None
    assert lab.replica is not None
    first, second = (each.administrator.read("HV01") for each in (lab.directory, lab.replica))
    return set(first["msDS-AllowedToDelegateTo"]), set(second["msDS-AllowedToDelegateTo"])


def test_the_second_one_has_every_object_under_its_identity(lab: Lab) -> None:
    """A client finds the same account at both."""
    assert lab.directory is not None
    assert lab.replica is not None
    both = [each.administrator.read("HV01")["objectGUID"] for each in (lab.directory, lab.replica)]
    assert both[0] == both[1]


def test_a_change_arrives_unless_replication_is_paused(lab: Lab) -> None:
    """Through the control interface, as from another terminal."""
    assert lab.directory is not None
    lab.directory.administrator.set_delegation("HV01", ["cifs/HV02"])
    assert listed(lab)[1] == {"cifs/HV02"}
    assert lab.control("POST", ["replication"], {"paused": True}) == {"paused": True}
    lab.directory.administrator.set_delegation("HV01", [])
    assert listed(lab) == (set(), {"cifs/HV02"})
    assert lab.control("POST", ["replication"], {"paused": False}) == {"paused": False}
    assert listed(lab) == (set(), set())


def test_paused_is_true_or_false(lab: Lab) -> None:
    """Anything else is the caller's mistake."""
    with pytest.raises(ValueError, match="true or false"):
        lab.control("POST", ["replication"], {"paused": "yes"})


def test_up_waits_for_the_second_one(lab: Lab, caller: Caller) -> None:
    """What has arrived is in the state; where it has not, the state says so, and the next update waits for the rest."""
    bench = Bench(lab, caller, **lab.configuration())
    lab.control("POST", ["replication"], {"paused": True})
    with refused(PartiallyApplied, match=r"has not reached dc2\.lab\.test") as stalled:
        bench.create(KIND, timeout=2, **DECLARED)
    assert isinstance(stalled.value, PartiallyApplied)
    assert listed(lab) == (CIFS, set())
    assert stalled.value.state["pendingReplication"] == ["dc2.lab.test"]
    lab.control("POST", ["replication"], {"paused": False})
    state = bench.update(KIND, stalled.value.id, stalled.value.state, **DECLARED)
    assert (state["replicatedTo"], state["pendingReplication"]) == (["dc1.lab.test", "dc2.lab.test"], [])
    assert listed(lab) == (CIFS, CIFS)
