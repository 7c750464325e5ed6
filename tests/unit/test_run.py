"""What a run knows: who has which target, and what its operations share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from hyperv_migration.faces.cancellation import given_up
from hyperv_migration.operations.journal import STATE_KEY, Journal
from hyperv_migration.operations.ports import Call, DirectoryPort, Targets
from hyperv_migration.operations.removal_note import RemovalNote
from hyperv_migration.operations.resources import RESOURCES
from hyperv_migration.operations.run import Run
from support.said import Said

HOST, NETWORK, DELEGATION = "MigrationHost", "MigrationNetwork", "KerberosDelegation"
STATE = {"computerName": "hv01", "host": "hv01.corp.example", "managed": ["computerName"]}


@pytest.fixture
def run() -> Run:
    """One run of the engine."""
    return Run()


def _declared(run: Run, kind: str, urn: str, **inputs: Any) -> list[str]:
    """Check, and return what is refused."""
    return [failure.reason for failure in RESOURCES[kind].check_in(run, f"urn::{urn}", inputs)[1]]


def test_what_is_shared_is_made_once_and_ends_with_the_run(run: Run) -> None:
    """Connections and facts are those of this run."""
    one, again = run.share(("host", "hv01"), object), run.share(("host", "hv01"), object)
    assert one is again
    assert Run().share(("host", "hv01"), object) is not one


def test_a_resource_is_checked_as_often_as_the_engine_likes(run: Run) -> None:
    """It checks twice before a replace."""
    assert _declared(run, HOST, "a", computerName="hv01") == _declared(run, HOST, "a", computerName="hv01") == []


def test_another_target_is_nobodys(run: Run) -> None:
    """Kinds do not mix, nor do hosts, nor subnets."""
    assert _declared(run, HOST, "a", computerName="hv01") == []
    assert _declared(run, HOST, "b", computerName="hv02") == []
    for name, subnet in (("c", "10.0.0.0/24"), ("d", "10.0.1.0/24")):
        assert _declared(run, NETWORK, name, computerName="hv01", subnet=subnet) == []


@pytest.mark.parametrize("name", ["hv01", "HV01", "hv01."])
def test_a_second_resource_for_one_host_is_refused(run: Run, name: str) -> None:
    """In whatever spelling; the sentence names both."""
    _declared(run, HOST, "first", computerName="hv01")
    (reason,) = _declared(run, HOST, "second", computerName=name)
    assert f"{name} has a MigrationHost in this program already, first;" in reason


@pytest.mark.parametrize("subnet", ["10.0.0.5", "10.0.0.5/32", " 10.0.0.5 "])
def test_a_second_resource_for_one_network_is_refused(run: Run, subnet: str) -> None:
    """An address is a network of one."""
    _declared(run, NETWORK, "first", computerName="hv01", subnet="10.0.0.5/32")
    assert len(_declared(run, NETWORK, "second", computerName="HV01", subnet=subnet)) == 1


def test_two_delegations_of_one_source_are_allowed(run: Run) -> None:
    """They share the account."""
    for name, destination in (("a", "hv02"), ("b", "hv03")):
        assert _declared(run, DELEGATION, name, source="hv01", destinations=[destination]) == []


@pytest.mark.parametrize("first", ["compared", "declared"])
def test_the_name_that_the_state_knows_counts_as_the_same(run: Run, first: str) -> None:
    """hv01 is known to be hv01.corp.example; whichever the engine asks of first, the other one is refused."""
    resource = RESOURCES[HOST]
    inputs, _ = resource.check_in(run, "urn::old", {"computerName": "hv01"})
    if first == "compared":
        resource.diff_in(run, "urn::old", STATE, inputs)
        assert len(_declared(run, HOST, "new", computerName="hv01.corp.example")) == 1
        return
    assert _declared(run, HOST, "new", computerName="hv01.corp.example") == []
    with pytest.raises(Exception, match=r"hv01 has a MigrationHost in this program already, new;"):
        resource.diff_in(run, "urn::old", STATE, inputs)


def test_two_hosts_may_change_places(run: Run) -> None:
    """Who moves away has its old host no more."""
    resource = RESOURCES[HOST]
    for urn, host, other in (("a", "hv01", "hv02"), ("b", "hv02", "hv01")):
        inputs, failures = resource.check_in(run, f"urn::{urn}", {"computerName": other})
        assert failures == []
        state = {"computerName": host, "host": host, "managed": ["computerName"]}
        assert resource.diff_in(run, f"urn::{urn}", state, inputs).replaced == ("computerName",)


def test_a_comparison_alone_holds_nothing(run: Run) -> None:
    """The engine compares what depends on a replaced resource before it is checked, and deletes it."""
    RESOURCES[HOST].diff_in(run, "urn::a", STATE, {"computerName": "hv01"})
    assert run.claims.holders(HOST, "hv01.corp.example") == []


def test_a_check_after_the_comparison_begins_a_replace(run: Run) -> None:
    """What is deleted now is the resource itself, and no leftover of an earlier replace."""
    inputs, _ = RESOURCES[HOST].check_in(run, "urn::a", {"computerName": "hv01"})
    RESOURCES[HOST].diff_in(run, "urn::a", STATE, inputs)
    assert [claim.urn for claim in run.claims.holders(HOST, "hv01.corp.example")] == ["urn::a"]
    RESOURCES[HOST].check_in(run, "urn::a", {"computerName": "hv01"})
    assert run.claims.holders(HOST, "hv01.corp.example") == []
    run.claims.hold(HOST, "urn::a", "hv01.corp.example", STATE)
    assert len(run.claims.holders(HOST, "hv01.corp.example")) == 1


def test_a_cancelled_operation_speaks_of_a_note_where_there_is_one(run: Run, tmp_path: Path) -> None:
    """A note that was taken back, or that the state knows of, is none; a function has none either."""
    call = Call(targets=cast("Targets", None), log=Said(), run=run, urn="urn::a")
    journal = replace(call.journal, folder=tmp_path)
    assert "Nothing was noted" in str(given_up(run, "urn::a"))
    kept = journal.keep("it", found={}, intended={})
    assert "is noted on this machine, and the next up" in str(given_up(run, "urn::a"))
    assert "Nothing was noted" in str(given_up(run, "urn::b"))
    journal.settle("it", {STATE_KEY: kept})
    assert "Nothing was noted" in str(given_up(run, "urn::a"))
    journal.keep("it", found={}, intended={})
    journal.put_back("it", None)
    assert "Nothing was noted" in str(given_up(run, "urn::a"))
    assert str(given_up(run, "")) == "Stopped before the target answered."


def test_the_note_of_a_killed_run_counts_as_one(run: Run, tmp_path: Path) -> None:
    """The next up does go on from it."""
    Journal(urn="urn::a", folder=tmp_path).keep("it", found={}, intended={})
    call = Call(targets=cast("Targets", None), log=Said(), run=run, urn="urn::a")
    replace(call.journal, folder=tmp_path).recall("it")
    assert "is noted on this machine" in str(given_up(run, "urn::a"))


def test_the_note_of_a_destroy_is_none_to_go_on_from(run: Run, tmp_path: Path) -> None:
    """It comes and goes beside the note of an interrupted operation, of which alone a cancel speaks."""
    call = Call(targets=cast("Targets", None), log=Said(), run=run, urn="urn::a")
    journal = replace(call.journal, folder=tmp_path)
    removal = RemovalNote("guid", journal, cast("DirectoryPort", None))
    journal.keep("it", found={}, intended={})
    removal.over()
    assert "is noted on this machine, and the next up" in str(given_up(run, "urn::a"))
