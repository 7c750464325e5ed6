"""The schema follows from the property declarations, and the committed one is current."""

from __future__ import annotations

import write_schema
from hyperv_migration.faces.schema import build_schema, dynamic_token, token
from hyperv_migration.operations.resources import RESOURCES


def test_committed_schema_is_what_the_declarations_say() -> None:
    """`make sdk` writes it; nobody edits it."""
    assert write_schema.SCHEMA.read_text(encoding="utf-8") == write_schema.text()


def test_every_property_is_in_the_schema() -> None:
    """Inputs as inputs and outputs, outputs as outputs."""
    resources = build_schema()["resources"]
    for name, resource in RESOURCES.items():
        described, declared = resources[token(name)], resource.declaration
        assert set(described["inputProperties"]) == {prop.name for prop in declared.inputs}
        assert set(described["properties"]) == {prop.name for prop in (*declared.inputs, *declared.outputs)}


def test_a_stack_moves_from_the_dynamic_face_by_an_alias() -> None:
    """No user code is needed."""
    resources = build_schema()["resources"]
    assert {name: resources[token(name)]["aliases"] for name in RESOURCES} == {
        name: [{"type": dynamic_token(name)}] for name in RESOURCES
    }


def test_passwords_are_secret_and_have_their_variable() -> None:
    """The engine stores them encrypted."""
    password = build_schema()["provider"]["inputProperties"]["password"]
    assert (password["secret"], password["defaultInfo"]) == (True, {"environment": ["HYPERV_MIGRATION_PASSWORD"]})
