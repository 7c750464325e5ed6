"""The generated SDKs compile, and their types hold a program to what the schema says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import native_sdks
from support.sdks import ROOT, SDK, Compiled

pytestmark = [pytest.mark.sdks, pytest.mark.timeout(900)]

EXAMPLES = ROOT / "examples"
WRONG_TYPESCRIPT = """\
import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";
new hyperv.MigrationHost("a", { computerName: "hv01", authenticationType: "NTLM" });
new hyperv.MigrationHost("b", {});
new hyperv.MigrationNetwork("c", { computerName: "hv01", subnet: "10.0.0.0/8", priority: "high" });
new hyperv.Provider("d", { winrm: { scheme: "ftp" } });
"""
WRONG_PYTHON = """\
import pulumi_hyperv_migration_native as hyperv
hyperv.MigrationNetwork("c", computer_name="hv01", subnet="10.0.0.0/8", priority="high")
hyperv.Provider("d", winrm=hyperv.WinRMArgs(port="high"))
"""


def test_typescript_is_held_to_the_schema(compiled: Compiled) -> None:
    """The SDK and the example compile strictly; another enum value, a missing input and a wrong type do not."""
    program = compiled.node_sdk().parent / "pair-typescript"
    shutil.copytree(EXAMPLES / "pair-typescript", program)
    (program / "wrong.ts").write_text(WRONG_TYPESCRIPT)
    whole = {"extends": "./tsconfig.json", "files": ["index.ts", "wrong.ts"]}
    (program / "both.json").write_text(json.dumps(whole))
    said = compiled.tsc(program / "both.json", "--noEmit")
    assert re.findall(r"([\w./-]+)\((\d+),\d+\): error", said) == [
        (f"{program.name}/wrong.ts", line) for line in "2345"
    ]


def test_go_sdk_and_examples_are_vetted(compiled: Compiled) -> None:
    """`go vet` compiles all and finds nothing."""
    assert compiled.go(SDK / "go", "vet", "./...") == ""
    for programs in native_sdks.GO_PROGRAMS:
        assert compiled.go(programs, "vet", "./...") == ""


@pytest.mark.parametrize("module", [SDK / "go", *native_sdks.GO_PROGRAMS], ids=lambda path: path.name)
def test_go_modules_name_all_they_need(compiled: Compiled, module: Path) -> None:
    """Outside of any workspace, as a user builds them: `go mod tidy` has nothing to add or to take away."""
    assert compiled.folder.is_dir()
    tidied = subprocess.run(
        [native_sdks.tool("go"), "mod", "tidy", "-diff"],
        cwd=module, env={**os.environ, "GOWORK": "off"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (tidied.returncode, tidied.stdout) == (0, "")


def test_native_python_is_held_to_the_schema(tmp_path: Path) -> None:
    """The example is clean under `mypy --strict`; wrong types are not. The SDK's own sources are not judged."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG_PYTHON)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--follow-imports=silent",
         EXAMPLES / "pair-python-native" / "__main__.py", wrong],
        cwd=ROOT, env={**os.environ, "MYPYPATH": str(SDK / "python-native")},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert re.findall(r"([\w.]+):(\d+): error", checked.stdout) == [("wrong.py", "2"), ("wrong.py", "3")]
