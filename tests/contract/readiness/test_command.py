"""`hyperv-migration readiness`: a table, an exit status, and the same configuration keys as everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.readiness.conftest import MakePair
from hyperv_migration.readiness.command import _wrapped
from support.hosts import PASSWORD

HOSTS = ("hv01.lab.test", "hv02.lab.test")


def command(*arguments: str, password: str | None = PASSWORD) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    environment = {**os.environ, **({"HYPERV_MIGRATION_PASSWORD": password} if password else {})}
    return subprocess.run(
        [sys.executable, "-m", "hyperv_migration.cli", "readiness", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def stack_file(folder: Path, configuration: dict[str, Any]) -> str:
    """Write the file of a stack, with a key of somebody else's."""
    keys = {f"hyperv-migration:{name}": value for name, value in configuration.items()}
    path = folder / "Pulumi.test.yaml"
    path.write_text(yaml.safe_dump({"encryptionsalt": "v1:abc", "config": {"aws:region": "eu", **keys}}))
    return str(path)


def test_two_hosts_that_are_ready_end_with_nought(pair_of: MakePair, tmp_path: Path) -> None:
    """From the file of a stack, the password from the environment."""
    done = command(*HOSTS, "--config", stack_file(tmp_path, pair_of().configuration()))
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, lines[0], lines[-1]) == (0, "", "hv01.lab.test", "ready: yes")
    assert "  yes     Is live migration switched on at hv01.lab.test?" in lines
    assert (
        "  unknown Do hv01.lab.test and hv02.lab.test reach each other on TCP 6600 and 445? (does not count)" in lines
    )


def test_a_host_that_is_not_ready_ends_with_one_and_says_what_to_do(pair_of: MakePair, tmp_path: Path) -> None:
    """From a file of the keys alone, in JSON."""
    lab = pair_of()
    lab.hosts["HV02"].change(EnableVirtualSystemMigration=False)
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(lab.configuration()))
    done = command(*HOSTS, "--config", str(path))
    lines = done.stdout.splitlines()
    at = lines.index("  no      Is live migration switched on at hv02.lab.test?")
    assert (done.returncode, lines[-1]) == (1, "ready: no")
    assert lines[at + 1 : at + 3] == [
        "          It is switched off.",
        "        > Declare enabled in its MigrationHost (Enable-VMMigration).",
    ]


def test_hosts_that_nobody_answers_for_end_with_two(tmp_path: Path) -> None:
    """Unknown is no failure."""
    nowhere = {"addresses": dict.fromkeys(HOSTS, "127.0.0.1:9"), "username": "LAB\\operator"}
    done = command(
        *HOSTS, "--config", stack_file(tmp_path, {**nowhere, "directory": {"domainControllers": ["127.0.0.1"]}})
    )
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (2, "ready: unknown", "")


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("hv01", "HV01."), "{}", "destination HV01. is the source itself; name another host"),
        (("hv01.lab.test", "HV01"), "{}", "destination HV01 is the source itself; name another host"),
        (("192.168.1.1", "hv02"), "{}", "'192.168.1.1' is an address"),
        (HOSTS, "winrm: {transport: ntlm}", "hv01.lab.test needs a username to sign in with ntlm"),
        (HOSTS, "{username: LAB\\me, winrm: {scheme: https, caCertFile: /none/ca.pem}}", "caCertFile"),
        (("hv01", "hv 02"), "{}", "'hv 02' has a blank"),
        (HOSTS, "usrname: me", "There is no configuration key hyperv-migration:usrname; did you mean username?"),
        (HOSTS, "[]", "holds no keys"),
        (HOSTS, "password: 'Planted: x\n", "is neither YAML nor JSON"),
        (HOSTS, "config: {'hyperv-migration:password': {secure: v1:Planted}}", "holds password encrypted"),
        ((*HOSTS, "--profile", "branch"), "{}", "There is no profile 'branch'"),
    ],
)
def test_what_cannot_be_asked_ends_with_three_and_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], text: str, said: str
) -> None:
    """And repeats no value of the file."""
    path = tmp_path / "keys.yaml"
    path.write_text(text)
    done = command(*arguments, "--config", str(path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert said in done.stderr
    assert "Planted" not in done.stderr


def test_a_host_and_its_own_alias_are_one_machine(pair_of: MakePair, tmp_path: Path) -> None:
    """Which only the host can tell; asked for once more under another name it is no second host."""
    configuration = pair_of().configuration()
    configuration["addresses"]["alias.lab.test"] = configuration["addresses"][HOSTS[0]]
    done = command(HOSTS[0], "alias.lab.test", "--config", stack_file(tmp_path, configuration))
    assert (done.returncode, done.stdout) == (3, "")
    assert "hv01.lab.test and alias.lab.test are one machine" in done.stderr


def test_an_unreadable_password_file_ends_with_three(tmp_path: Path) -> None:
    """It is configuration, whatever the hosts are like."""
    path = tmp_path / "keys.yaml"
    path.write_text(f"{{username: LAB\\me, passwordFile: {tmp_path / 'none'}}}")
    done = command(*HOSTS, "--config", str(path), password=None)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "passwordFile" in done.stderr


def test_a_command_to_be_copied_stays_in_one_line() -> None:
    """A line break inside would be copied along."""
    command_ = "`pulumi config set --path hyperv-migration:directory.domain corp.example`"
    lines = _wrapped(
        " " * 10, f"The domain of hv01 is not known; name it by its FQDN, such as hv01.corp.example, or run {command_}."
    )
    assert any(command_ in line for line in lines)
    assert len(lines) == 2
