"""The examples that the schema shows, as a reader copies them from there: from `pulumi up` to `pulumi destroy`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import reference
from acceptance.conftest import Labs
from acceptance.sdks.conftest import Written
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.project import Project
from support.sdks import ROOT, SDK

pytestmark = [pytest.mark.sdks, pytest.mark.engine, pytest.mark.timeout(900)]

LANGUAGES = ("yaml", "python", "typescript", "go")
RUNTIMES = {"yaml": "yaml", "python": "python", "typescript": "nodejs", "go": "go"}
CREATED = {
    "MigrationHost": 4,
    "MigrationNetwork": 2,
    "KerberosDelegation": 2,
    "MigrationPair": 8,
    "MigrationMesh": 11,
    "getMigrationReadiness": 1,
}
"""What each makes, the stack included."""


def shown(name: str, language: str) -> str:
    """Return the example of a type as the committed schema has it."""
    schema = json.loads((SDK / "schema.json").read_text(encoding="utf-8"))
    described = {**schema["resources"], **schema["functions"]}[f"hyperv-migration:index:{name}"]["description"]
    (examples,) = re.findall(r"{{% examples %}}(.*){{% /examples %}}", described, re.DOTALL)
    (text,) = re.findall(rf"```{language}\n(.*?)```", examples, re.DOTALL)
    return str(text)


def as_found(lab: Lab) -> object:
    """What hosts and accounts show."""
    assert lab.directory is not None
    accounts = [lab.directory.administrator.read(name) for name in lab.hosts]
    return {name: host.snapshot for name, host in lab.hosts.items()}, [
        (sorted(account["msDS-AllowedToDelegateTo"]), account["userAccountControl"]) for account in accounts
    ]


def project_of(written: Written, name: str, language: str) -> Project:
    """Make a project that holds nothing but what the schema shows; Go's is compiled from where that comes from."""
    project = written(language, reference.folder(name))
    text = shown(name, language)
    assert text == reference.program(name, language)
    head = f"name: example\nruntime: {RUNTIMES[language]}\n"
    (project.folder / "Pulumi.yaml").write_text(head + (text if language == "yaml" else ""))
    if language == "typescript":
        (project.folder / "package.json").write_text('{"name": "example", "private": true, "main": "index.ts"}\n')
        shutil.copy(ROOT / "examples" / "pair-typescript" / "tsconfig.json", project.folder)
    return project


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CREATED)
def test_an_example_of_the_schema_runs_as_it_stands(lab_of: Labs, written: Written, name: str, language: str) -> None:
    """On hosts of these names it does what it says, nothing is left to do, and destroy leaves all as it was."""
    lab = lab_of(*(Host(name=host) for host in ("HV01", "HV02", "HV03")), domain="corp.example")
    found = as_found(lab)
    project = project_of(written, name, language)
    project.new_stack({f"hyperv-migration:{key}": value for key, value in lab.configuration().items()})
    assert f"+ {CREATED[name]} created" in project.run("up", "--yes")
    assert (as_found(lab) == found) is (name == "getMigrationReadiness")
    if language == "yaml":  # the plugin is the same for all
        project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes")
    assert as_found(lab) == found


def test_every_type_has_an_example_in_every_language() -> None:
    """The registry's reader finds his own."""
    schema = json.loads((SDK / "schema.json").read_text(encoding="utf-8"))
    assert {token.rpartition(":")[2] for token in (*schema["resources"], *schema["functions"])} == set(CREATED)
    folders = {path.name for path in (Path(reference.PROGRAMS)).iterdir() if path.is_dir()}
    assert folders == {reference.folder(name).name for name in CREATED}
