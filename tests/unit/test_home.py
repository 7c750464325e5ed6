"""The day the project gets a home: one line of pyproject.toml, and `make sdk`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import home
from hyperv_migration.faces.home import Home

NOWHERE = Home("https://hyperv-migration.invalid/pulumi-hyperv-migration")
GITHUB = Home("https://github.com/Acme/pulumi-hyperv-migration")


def test_programs_written_by_hand_move_with_the_home(tmp_path: Path) -> None:
    """Imports, modules and the archive of the package for Node.js get the names that the generated SDKs have."""
    program = tmp_path / "examples" / "one" / "program"
    program.parent.mkdir(parents=True)
    program.write_text(
        'import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";\n'
        "file:../hyperv-migration.invalid-pulumi-hyperv-migration-0.1.0.tgz\n"
        "require hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go v0.1.0\n"
        "pip install pulumi-hyperv-migration\n"
        "https://hyperv-migration.invalid/pulumi-hyperv-migration/issues\n"
    )
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    home.move(NOWHERE, GITHUB, tmp_path)
    assert program.read_text() == (
        'import * as hyperv from "@acme/pulumi-hyperv-migration";\n'
        "file:../acme-pulumi-hyperv-migration-0.1.0.tgz\n"
        "require github.com/Acme/pulumi-hyperv-migration/sdk/go v0.1.0\n"
        "pip install pulumi-hyperv-migration\n"
        "https://github.com/Acme/pulumi-hyperv-migration/issues\n"
    )


def test_a_forge_of_ones_own_can_be_the_home() -> None:
    """Its account is npm's scope, and archives lie with the release."""
    own = Home("https://git.corp.example/hyperv/pulumi-hyperv-migration")
    assert own.npm_package == "@hyperv/pulumi-hyperv-migration"
    assert own.go_module == "git.corp.example/hyperv/pulumi-hyperv-migration/sdk/go"
    assert own.plugin_download_url == (
        "https://git.corp.example/hyperv/pulumi-hyperv-migration/releases/download/v${VERSION}"
    )
