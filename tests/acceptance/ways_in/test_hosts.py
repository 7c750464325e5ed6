"""Into hosts that take different accounts and transports, by profile, file and variable, in one program."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host
from pulumi_hyperv_migration import MigrationHost
from support.engine import OperationFailedError, Stack
from support.hosts import PASSWORD

pytestmark = pytest.mark.engine

EDGE_PASSWORD = "Planted-Edge-1"
ACCOUNTS = (Account(name="operator", password=PASSWORD), Account(name="edge", password=EDGE_PASSWORD))


def two_hosts() -> None:
    """Declare a host of the data centre and one at the edge."""
    MigrationHost("centre", computer_name="hv01.lab.test", maximum_virtual_machine_migrations=4)
    MigrationHost("edge", computer_name="edge02.lab.test", maximum_virtual_machine_migrations=4)


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01 with Negotiate over http, and EDGE02 with Basic over https."""
    edge = Host(name="EDGE02", scheme="https", options=Options(allow_basic=True))
    return lab_of(Host(name="HV01"), edge, accounts=ACCOUNTS)


@pytest.fixture
def stack(engine: Path, lab: Lab, tmp_path: Path) -> Stack:
    """A stack whose general account is the operator, and whose profile for the edge has its own account and file."""
    assert engine.is_dir()
    (tmp_path / "edge").write_text(f"{EDGE_PASSWORD}\n")
    profile = {
        "match": ["edge*"],
        "username": "LAB\\edge",
        "passwordFile": str(tmp_path / "edge"),
        "winrm": {"transport": "basic", "caCertFile": str(lab.ca_file)},
    }
    stack = Stack(tmp_path / "stack", two_hosts)
    plain = {
        "username": "LAB\\operator",
        "winrm": {"transport": "ntlm"},
        "addresses": {host.fqdn: host.url for host in lab.hosts.values()},
        "profiles": {"edge": profile},
    }
    stack.configure(
        {f"hyperv-migration:{name}": value for name, value in plain.items()}, {"hyperv-migration:password": PASSWORD}
    )
    return stack


def accounts(host: EmulatedHost) -> set[str]:
    """Who sent a host anything beyond sign-ins."""
    return {each.account for each in host.journal.received() if each.counted}


def limits(lab: Lab) -> list[int]:
    """The limit that both hosts have."""
    return [host.settings["MaximumActiveVirtualSystemMigration"] for host in lab.hosts.values()]


def test_each_host_sees_the_account_of_its_profile(lab: Lab, stack: Stack) -> None:
    """From `up` to `destroy`, and nobody gets another one's credentials."""
    found = limits(lab)
    stack.up()
    assert limits(lab) == [4, 4]
    assert stack.is_settled()
    stack.destroy()
    assert limits(lab) == found
    assert [accounts(host) for host in lab.hosts.values()] == [{"operator"}, {"edge"}]
    assert EDGE_PASSWORD not in stack.state_files()


def test_a_variable_of_the_profile_wins_over_its_file(lab: Lab, stack: Stack, tmp_path: Path) -> None:
    """After a rotation the file is stale; the general variable does not reach the profile's hosts."""
    found = limits(lab)
    stack.up()
    (tmp_path / "edge").write_text("Planted-Stale-9\n")
    stack.environment["HYPERV_MIGRATION_PASSWORD"] = PASSWORD
    with pytest.raises(OperationFailedError) as refused:
        stack.refresh()
    said = refused.value.run.said("error")
    assert any("edge02.lab.test refuses the sign-in with basic" in line for line in said)
    assert not any("hv01.lab.test refuses" in line for line in said)
    assert "Planted" not in refused.value.run.output

    stack.environment["HYPERV_MIGRATION_PASSWORD__EDGE"] = EDGE_PASSWORD
    stack.destroy()
    assert stack.resources() == {}
    assert limits(lab) == found


def test_basic_never_goes_over_http(lab: Lab, stack: Stack) -> None:
    """Asked for without https it is refused before anything is sent."""
    hv01 = lab.hosts["HV01"]
    stack.configure({"hyperv-migration:winrm": {"transport": "basic"}})
    with pytest.raises(OperationFailedError) as refused:
        stack.up()
    assert any("does not encrypt; use https" in line for line in refused.value.run.said("error"))
    assert hv01.journal.received() == []
