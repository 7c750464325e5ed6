"""What a process remembers of what it has created."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hyperv_migration.operations.created import claimed_here, created_here, forget_created, remember_created


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Begin and end as a new process does."""
    forget_created()
    yield
    forget_created()


def test_an_id_counts_as_created_from_then_on() -> None:
    """The delete of an id created earlier in this process changes nothing."""
    before = created_here("MigrationHost", "hv01.lab.test")
    remember_created("MigrationHost", "hv01.lab.test")
    assert (before, created_here("MigrationHost", "hv01.lab.test")) == (False, True)


def test_kinds_do_not_mix() -> None:
    """Ids are only unique within a kind."""
    remember_created("MigrationHost", "x")
    assert not created_here("MigrationNetwork", "x")


def test_the_parts_of_several_resources_on_one_target_add_up() -> None:
    """Two delegations may share a source."""
    remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    remember_created("KerberosDelegation", "guid", urn="b", claims=["cifs/b"])
    assert claimed_here("KerberosDelegation", "guid") == {"cifs/a", "cifs/b"}


def test_a_resource_does_not_stand_in_its_own_way() -> None:
    """An update may remove what the same resource declared before."""
    remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    assert claimed_here("KerberosDelegation", "guid", except_urn="a") == frozenset()


def test_a_later_update_replaces_what_the_resource_declared() -> None:
    """The newest declaration counts."""
    remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/a"])
    remember_created("KerberosDelegation", "guid", urn="a", claims=["cifs/b"])
    assert claimed_here("KerberosDelegation", "guid") == {"cifs/b"}
