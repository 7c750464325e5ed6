"""The typed classes of the Python SDK: generated from the declarations, and faithful to them."""

from __future__ import annotations

import inspect
from pathlib import Path

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pulumi_hyperv_migration
import python_sdk
from hyperv_migration.faces.spelling import camel_case, snake_case
from hyperv_migration.model.declaration import Declaration, Property
from hyperv_migration.operations.resources import RESOURCES

DECLARATIONS = [resource.declaration for resource in RESOURCES.values()]
PROPERTIES = [
    (declaration, prop) for declaration in DECLARATIONS for prop in (*declaration.inputs, *declaration.outputs)
]
every_declaration = pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)


@pytest.mark.parametrize(("path", "text"), python_sdk.files().items(), ids=lambda part: getattr(part, "name", ""))
def test_committed_class_is_the_generated_one(path: Path, text: str) -> None:
    """`make sdk` was run after the last change of a declaration, and nobody edited its result."""
    assert path.read_text(encoding="utf-8") == text


@every_declaration
def test_every_resource_is_exported(declaration: Declaration) -> None:
    """A program imports the package and nothing below it."""
    assert declaration.name in pulumi_hyperv_migration.__all__


@pytest.mark.parametrize(("declaration", "prop"), PROPERTIES, ids=lambda part: part.name)
def test_name_comes_back_from_python(declaration: Declaration, prop: Property) -> None:
    """The state keeps camelCase: what Python calls it must lead back to the same key."""
    assert (declaration.name, camel_case(snake_case(prop.name))) == (declaration.name, prop.name)


@every_declaration
def test_no_two_properties_share_a_python_name(declaration: Declaration) -> None:
    """Attributes would hide each other, and those of Pulumi's own resource."""
    names = [snake_case(prop.name) for prop in (*declaration.inputs, *declaration.outputs)]
    assert len(names) == len(set(names))
    assert [name for name in names if hasattr(pulumi.CustomResource, name)] == []


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("computerName", "computer_name"),
        ("maximumVirtualMachineMigrations", "maximum_virtual_machine_migrations"),
        ("allowCredSspWithCredentialGuard", "allow_cred_ssp_with_credential_guard"),
        ("osBuild", "os_build"),
        ("subnet", "subnet"),
        ("__provider", "__provider"),
    ],
)
def test_spelling_in_both_directions(camel: str, snake: str) -> None:
    """Words begin at capitals; the engine's own names, with two underscores in front, stay."""
    assert (snake_case(camel), camel_case(snake)) == (snake, camel)


@given(words=st.lists(st.from_regex("[a-z][a-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=5))
def test_any_name_of_words_comes_back(words: list[str]) -> None:
    """A property added later is safe as long as it is made of words of two letters or more."""
    snake = "_".join(words)
    assert snake_case(camel_case(snake)) == snake


@every_declaration
def test_constructor_takes_every_input_by_name(declaration: Declaration) -> None:
    """Required inputs have no default, and all others are unset unless named."""
    parameters = inspect.signature(getattr(pulumi_hyperv_migration, declaration.name)).parameters
    taken = {
        name: parameter.default is inspect.Parameter.empty
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name != "opts"
    }
    assert taken == {snake_case(prop.name): prop.required for prop in declaration.inputs}


@every_declaration
def test_every_property_is_a_documented_attribute(declaration: Declaration) -> None:
    """An editor shows each property with its type and its sentence."""
    resource = getattr(pulumi_hyperv_migration, declaration.name)
    names = {snake_case(prop.name) for prop in (*declaration.inputs, *declaration.outputs)}
    assert names <= set(resource.__annotations__)
    source = inspect.getsource(resource)
    assert [name for name in names if f"    {name}: pulumi.Output[" not in source] == []


@every_declaration
def test_class_says_rights_and_what_destroy_does(declaration: Declaration) -> None:
    """The two questions an administrator asks first."""
    text = " ".join((getattr(pulumi_hyperv_migration, declaration.name).__doc__ or "").split())
    assert declaration.rights in text
    assert declaration.teardown in text
