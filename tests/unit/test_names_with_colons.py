"""A component names its networks after their subnets, so the name of a resource may hold colons; a URN has them too."""

from __future__ import annotations

from hyperv_migration.operations.claims import name_of
from hyperv_migration.operations.journal import place_in_stack

PLUGIN = "urn:pulumi:lab::pair::hyperv-migration:index:MigrationPair$hyperv-migration:index:MigrationNetwork::{}"
DYNAMIC = "urn:pulumi:lab::pair::hyperv-migration:index:MigrationPair$pulumi-python:dynamic:Resource::{}"
NAME = "p-hv01-fd44::-64"


def test_the_name_is_whole_in_messages() -> None:
    """Not what stands behind the last two colons."""
    assert name_of(PLUGIN.format(NAME)) == NAME
    assert name_of("") == "another resource"


def test_two_names_have_two_places() -> None:
    """And one name has the same place on both faces."""
    assert place_in_stack(PLUGIN.format(NAME)) != place_in_stack(PLUGIN.format("p-hv01-fd45::-64"))
    assert place_in_stack(PLUGIN.format(NAME)) == place_in_stack(DYNAMIC.format(NAME))
