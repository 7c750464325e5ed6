"""The schema follows from the property declarations, and the committed one is current."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import write_schema
from hyperv_migration import __version__
from hyperv_migration.faces.home import Home
from hyperv_migration.faces.schema import build_schema, dynamic_token, token
from hyperv_migration.model.host import HOST
from hyperv_migration.operations.resources import RESOURCES


def test_committed_schema_is_what_the_declarations_say() -> None:
    """`make sdk` writes it; nobody edits it."""
    assert write_schema.SCHEMA.read_text(encoding="utf-8") == write_schema.text()


def test_what_the_plugin_knows_of_its_home_is_what_the_project_says() -> None:
    """`[project.urls]` is the one place; `make sdk` carries it into the package."""
    assert write_schema.HOME.read_text(encoding="utf-8") == write_schema.home_text()


def test_the_examples_are_the_programs_of_the_reference() -> None:
    """Each is shown as the tests run it; `make sdk` carries it into the package."""
    assert write_schema.reference.EXAMPLES.read_text(encoding="utf-8") == write_schema.examples_text()


def test_every_description_has_an_example_in_four_languages() -> None:
    """In the markup by which Pulumi's registry and generators find it."""
    schema = build_schema()
    for described in (*schema["resources"].values(), *schema["functions"].values()):
        _, _, examples = described["description"].partition("\n\n{{% examples %}}\n## Example Usage\n{{% example %}}\n")
        assert re.findall(r"^```(\w+)$", examples, re.MULTILINE) == ["typescript", "python", "go", "yaml"]
        assert examples.endswith("```\n\n{{% /example %}}\n{{% /examples %}}")


def test_the_schema_names_a_place_of_nobody_until_there_is_a_home() -> None:
    """No stranger can serve a plugin, a Go module or a package for Node.js; .NET's generator would miss a logo."""
    schema = build_schema(Home("https://hyperv-migration.invalid/pulumi-hyperv-migration", "Some people"))
    at = "hyperv-migration.invalid/pulumi-hyperv-migration"
    assert (schema["repository"], schema["homepage"], schema["publisher"]) == (
        f"https://{at}",
        f"https://{at}",
        "Some people",
    )
    assert schema["pluginDownloadURL"] == f"https://{at}/releases/download/v${{VERSION}}"
    assert "logoUrl" not in schema
    assert _names(schema) == (
        "@hyperv-migration.invalid/pulumi-hyperv-migration",
        f"{at}/sdk/go/hypervmigration",
        "invalid.hypervmigration",
    )


def test_everything_follows_from_a_home() -> None:
    """One address at GitHub names the downloads, the logo and the packages of every language."""
    schema = build_schema(Home("https://github.com/Acme/pulumi-hyperv-migration"))
    assert schema["pluginDownloadURL"] == "github://api.github.com/Acme/pulumi-hyperv-migration"
    assert schema["logoUrl"] == (f"https://github.com/Acme/pulumi-hyperv-migration/raw/v{__version__}/docs/logo.png")
    assert _names(schema) == (
        "@acme/pulumi-hyperv-migration",
        "github.com/Acme/pulumi-hyperv-migration/sdk/go/hypervmigration",
        "io.github.acme",
    )
    of_the_package = {part: value for part, value in schema.items() if part not in {"resources", "functions"}}
    assert ".invalid" not in json.dumps(of_the_package)


def test_a_package_of_ours_does_not_call_itself_one_of_pulumis() -> None:
    """All five languages have a block, and no namespace in it is Pulumi's own."""
    languages = build_schema()["language"]
    assert set(languages) == {"python", "nodejs", "go", "csharp", "java"}
    assert (languages["csharp"]["rootNamespace"], languages["csharp"]["namespaces"]) == (
        "HyperV",
        {"hyperv-migration": "Migration"},
    )
    assert not languages["java"]["basePackage"].startswith("com.pulumi")


def test_the_registry_finds_the_package_by_its_keywords() -> None:
    """A kind and a category, in the registry's own spelling."""
    keywords = build_schema()["keywords"]
    assert [word for word in keywords if "/" in word] == ["kind/native", "category/infrastructure"]


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


def test_what_may_hold_a_password_is_secret() -> None:
    """The engine stores it encrypted, the whole section where a password may lie in it."""
    options = build_schema()["provider"]["inputProperties"]
    assert [name for name, option in options.items() if option.get("secret")] == ["password", "directory", "profiles"]


def test_no_sdk_takes_a_password_from_the_environment() -> None:
    """It would be stored with the provider; the plugin looks there itself, whenever it signs in (DESIGN §1)."""
    assert "defaultInfo" not in write_schema.text()


def test_every_type_is_known() -> None:
    """No property is of any type, so that an editor can help."""
    assert "pulumi.json#/Any" not in write_schema.text()


def test_every_property_and_every_value_is_described() -> None:
    """An editor has a sentence for each."""
    assert list(_undescribed(build_schema())) == []


def test_a_component_replaces_nothing_by_itself() -> None:
    """Another list of hosts is other children."""
    resources = build_schema()["resources"]
    replacing = {
        (kind.rpartition(":")[2], name)
        for kind, resource in resources.items()
        for name, described in resource["inputProperties"].items()
        if described.get("willReplaceOnChanges")
    }
    assert replacing == {
        ("MigrationHost", "computerName"),
        ("MigrationNetwork", "computerName"),
        ("MigrationNetwork", "subnet"),
        ("KerberosDelegation", "source"),
    }


def test_the_record_of_a_map_is_what_the_state_holds() -> None:
    """A destination of a delegation has the fields that its state has."""
    types = build_schema()["types"]
    assert set(types[token("HostSettings")]["properties"]) == {prop.name for prop in HOST.settings}
    assert set(types[token("DelegationDestination")]["required"]) == {"declared", "names", "servicePrincipalNames"}


def _names(schema: dict[str, Any]) -> tuple[str, str, str]:
    languages = schema["language"]
    return languages["nodejs"]["packageName"], languages["go"]["importBasePath"], languages["java"]["basePackage"]


def _undescribed(schema: dict[str, Any]) -> Iterator[str]:
    for kind, described in {**schema["resources"], **schema["types"]}.items():
        for part in ("inputProperties", "properties"):
            yield from (f"{kind}.{name}" for name, prop in described.get(part, {}).items() if not prop["description"])
        yield from (f"{kind}={one['value']}" for one in described.get("enum", ()) if not one["description"])
