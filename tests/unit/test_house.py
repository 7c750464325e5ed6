"""The structure of the source: rooms import only what lies below them, and nothing grows too long."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.house import LONGEST_FILE, LONGEST_FUNCTION, import_violations, length_violations

ROOT = Path(__file__).resolve().parents[2]


def test_rooms_import_only_what_lies_below_them() -> None:
    """Imports run model <- operations <- {wsman <- hyperv, directory} <- wiring <- faces <- {sdk, cli}."""
    assert import_violations(ROOT) == []


def test_files_and_functions_stay_short() -> None:
    """No file is longer than 400 lines and no function longer than 60."""
    assert length_violations(ROOT, ("provider", "sdk/python", "tests", "tools", "examples")) == []


@pytest.mark.parametrize(
    ("path", "source", "imported"),
    [
        ("provider/hyperv_migration/model/host.py", "from ..operations import ports", "hyperv_migration.operations"),
        ("provider/hyperv_migration/model/host.py", "import hyperv_migration.wiring", "hyperv_migration.wiring"),
        ("provider/hyperv_migration/operations/a.py", "from hyperv_migration import faces", "hyperv_migration.faces"),
        ("provider/hyperv_migration/operations/a.py", "def f():\n    import requests", "requests"),
        (
            "provider/hyperv_migration/directory/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from hyperv_migration.wsman import fault",
            "hyperv_migration.wsman",
        ),
        ("provider/hyperv_migration/wiring.py", "import pulumi.dynamic", "pulumi.dynamic"),
        ("provider/hyperv_migration/wiring.py", "import importlib\nimportlib.import_module('ldap3')", "ldap3"),
        ("provider/hyperv_migration/lab/host.py", "from hyperv_migration.model import spn", "hyperv_migration.model"),
        ("provider/hyperv_migration/lab/host.py", "import ldap3", "ldap3"),
        ("provider/hyperv_migration/faces/a.py", "import pulumi_hyperv_migration", "pulumi_hyperv_migration"),
        ("provider/hyperv_migration/faces/a.py", "from hyperv_migration.lab import host", "hyperv_migration.lab"),
        ("sdk/python/pulumi_hyperv_migration/a.py", "import hyperv_migration.cli", "hyperv_migration.cli"),
        ("provider/hyperv_migration/attic/a.py", "from hyperv_migration import model", "hyperv_migration.model"),
    ],
)
def test_forbidden_import_is_found(tmp_path: Path, path: str, source: str, imported: str) -> None:
    """An import against the layers is reported, wherever and however it is written."""
    _write(tmp_path, path, source)
    assert [line.rpartition(" ")[2] for line in import_violations(tmp_path)] in ([imported], [f"{imported}.fault"])


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("provider/hyperv_migration/operations/a.py", "from hyperv_migration import __version__, model"),
        ("provider/hyperv_migration/operations/a.py", "from . import check"),
        ("provider/hyperv_migration/directory/a.py", "import ldap3"),
        ("provider/hyperv_migration/lab/directory/server.py", "from ldap3.protocol import rfc4511"),
        ("provider/hyperv_migration/cli.py", "from hyperv_migration import lab, review, wiring"),
        ("sdk/python/pulumi_hyperv_migration/a.py", "import pulumi\nfrom hyperv_migration import faces"),
    ],
)
def test_proper_import_is_no_violation(tmp_path: Path, path: str, source: str) -> None:
    """What the layers allow is not reported."""
    _write(tmp_path, path, source)
    assert import_violations(tmp_path) == []


def test_long_file_and_function_are_found(tmp_path: Path) -> None:
    """One line too many is reported, for a file and for a function."""
    _write(tmp_path, "tools/file.py", "x = 1\n" * (LONGEST_FILE + 1))
    _write(tmp_path, "tools/function.py", "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION)
    _write(tmp_path, "tools/fine.py", "def f():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1))
    assert length_violations(tmp_path, ("tools",)) == [
        f"tools/file.py has {LONGEST_FILE + 1} lines",
        f"tools/function.py: f has {LONGEST_FUNCTION + 1} lines",
    ]


def _write(root: Path, path: str, source: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
