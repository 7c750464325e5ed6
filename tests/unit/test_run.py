"""What a run remembers of what it has created, and what its operations share."""

from __future__ import annotations

import pytest

from hyperv_migration.operations.run import Run


@pytest.fixture
def run() -> Run:
    """One run of the engine."""
    return Run()


def test_an_id_counts_as_created_from_then_on(run: Run) -> None:
    """The delete of an id created earlier in this run changes nothing."""
    before = run.created("MigrationHost", "hv01.lab.test")
    run.remember_created("MigrationHost", "hv01.lab.test")
    assert (before, run.created("MigrationHost", "hv01.lab.test")) == (False, True)


def test_kinds_do_not_mix(run: Run) -> None:
    """Ids are only unique within a kind."""
    run.remember_created("MigrationHost", "x")
    assert not run.created("MigrationNetwork", "x")


def test_the_parts_of_several_resources_on_one_target_add_up(run: Run) -> None:
    """Two delegations may share a source."""
    run.remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    run.remember_created("KerberosDelegation", "guid", urn="b", claims=["cifs/b"])
    assert run.claimed("KerberosDelegation", "guid") == {"cifs/a", "cifs/b"}


def test_a_resource_does_not_stand_in_its_own_way(run: Run) -> None:
    """An update may remove what the same resource declared before."""
    run.remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    assert run.claimed("KerberosDelegation", "guid", except_urn="a") == frozenset()


def test_a_later_update_replaces_what_the_resource_declared(run: Run) -> None:
    """The newest declaration counts."""
    run.remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    run.remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/b"])
    assert run.claimed("KerberosDelegation", "guid") == {"cifs/b"}


def test_what_is_shared_is_made_once_and_ends_with_the_run(run: Run) -> None:
    """Connections and facts are those of this run."""
    one, again = run.share(("host", "hv01"), object), run.share(("host", "hv01"), object)
    assert one is again
    assert Run().share(("host", "hv01"), object) is not one
