"""What the lab tells somebody on Windows: nothing that only a POSIX shell understands."""

from __future__ import annotations

from pathlib import Path

import yaml

from hyperv_migration.lab.command import announcement
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Host, Scenario

SCENARIO = Scenario(accounts=(Account(name="operator", password="Planted-Operator-1"),), hosts=(Host(name="HV01"),))


def test_the_configuration_is_a_file_and_no_commands() -> None:
    """Quotes within an argument are lost in PowerShell 5.1 and kept in 7.3."""
    with Lab(SCENARIO) as lab:
        lines = list(announcement(lab, Path("lab.toml"), None, "win32"))
        expected = {f"hyperv-migration:{key}": value for key, value in lab.configuration().items()}
    begin = lines.index("config:")
    end = next(at for at in range(begin + 1, len(lines)) if not lines[at].startswith("  "))
    assert yaml.safe_load("\n".join(lines[begin:end])) == {"config": expected}
    said = "\n".join(lines)
    assert "(try: Invoke-RestMethod http://127.0.0.1:" in said
    assert [word for word in ("curl", "pulumi config set") if word in said] == []


def test_elsewhere_it_is_commands() -> None:
    """To be pasted into a shell."""
    with Lab(SCENARIO) as lab:
        said = "\n".join(announcement(lab, Path("lab.toml"), None, "linux"))
    assert "pulumi config set hyperv-migration:winrm '{" in said
    assert "(try: curl -s " in said
