"""The class tables are those of real Windows builds, where a database of them lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.lab.hosts.migration_classes import CLASSES
from hyperv_migration.lab.hosts.schema import CimClass

DATABASE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "hyperv-classes.json"


@pytest.fixture(scope="module")
def database() -> dict[str, Any]:
    """What was read from the MOFs of Windows builds 9200 to 29617."""
    if not DATABASE.exists():
        pytest.skip("the class database shared/data/hyperv-classes.json is not beside the checkout")
    found: dict[str, Any] = json.loads(DATABASE.read_text())["classes"]
    return found


@pytest.mark.parametrize("cim_class", CLASSES, ids=lambda each: each.name)
def test_properties_are_those_of_windows(database: dict[str, Any], cim_class: CimClass) -> None:
    """Names, types, arrays, keys and the build that brought each."""
    expected = {
        name: ("ref" if row["ref"] else row["type"], row["array"], row["key"], int(row["since"]))
        for name, row in database[cim_class.name]["properties"].items()
    }
    actual = {row.name: (row.type, row.array, row.key, row.since) for row in cim_class.properties}
    assert expected == actual


@pytest.mark.parametrize("cim_class", CLASSES, ids=lambda each: each.name)
def test_bases_and_namespace_are_those_of_windows(database: dict[str, Any], cim_class: CimClass) -> None:
    """The chain of base classes, nearest first."""
    row = database[cim_class.name]
    assert (row["namespace"], tuple(row["superclasses"])) == (cim_class.namespace, cim_class.bases)


@pytest.mark.parametrize("cim_class", CLASSES, ids=lambda each: each.name)
def test_methods_are_those_of_windows(database: dict[str, Any], cim_class: CimClass) -> None:
    """Names, builds and parameters in declared order; embedded classes of out parameters travel as text."""
    expected = {
        name: (
            int(row["since"]),
            [(each["name"], _kind(each), each["array"], each["direction"] == "out") for each in row["parameters"]],
        )
        for name, row in database[cim_class.name]["methods"].items()
    }
    actual = {
        name: (method.since, [(each.name, each.type, each.array, each.out) for each in method.parameters])
        for name, method in cim_class.methods.items()
    }
    assert expected == actual


def _kind(parameter: dict[str, Any]) -> str:
    if parameter["ref"]:
        return "ref"
    kind: str = parameter["type"]
    return "string" if kind.startswith("Msvm_") else kind
