"""MigrationPair, MigrationMesh and the examples through the real engine, on a lab with hosts and a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.conftest import Labs, Stacks
from hyperv_migration.lab.directory.database import Change
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from support.engine import OperationFailedError, program_of
from support.faces import DYNAMIC, Face

pytestmark = pytest.mark.engine

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HOSTS = ["hv01.lab.test", "hv02.lab.test"]
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
ANY = tuple(
    Network(subnet_number=address, prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",))
    for address in ("0.0.0.0", "::")
)
PLAIN, TRANSITION = 0x1000, 0x1001000


def entries(host: str) -> set[str]:
    """What the other host delegates to this one."""
    return {
        f"{service}/{name}" for service in ("cifs", MIGRATION_SERVICE) for name in (host, f"{host.lower()}.lab.test")
    }


def delegation(lab: Lab, host: str) -> tuple[set[str], int]:
    """The list and userAccountControl of a host's account, read past LDAP."""
    assert lab.directory is not None
    account = lab.directory.administrator.read(host)
    return set(account["msDS-AllowedToDelegateTo"]), int(account["userAccountControl"])


def written(lab: Lab) -> list[Change]:
    """What was changed in the directory since it was made."""
    assert lab.directory is not None
    return [change for change in lab.directory.history if change.by != "setup"]


def pair(face: Face) -> None:
    """The document's scenario."""
    face.MigrationPair("pair", hosts=HOSTS, networks=["192.168.10.0/24"], performance_option="Compression")


def test_a_pair_from_up_to_destroy(lab: Lab, stack_of: Stacks) -> None:
    """Both hosts on Kerberos, one network each, delegation both ways; then everything as found."""
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    stack = stack_of(lab, pair)
    assert stack.up().changes == {"create": 8}
    for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
        assert delegation(lab, name) == (entries(other), TRANSITION)
        settings = lab.hosts[name].settings
        assert (settings["EnableVirtualSystemMigration"], settings["AuthenticationType"]) == (True, 1)
        assert [entry.subnet_number for entry in lab.hosts[name].networks] == ["192.168.10.0"]
    assert stack.is_settled()
    stack.destroy()
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert [delegation(lab, name) for name in lab.hosts] == [(set(), PLAIN)] * 2


def test_there_is_no_moment_without_a_listener(lab_of: Labs, stack_of: Stacks) -> None:
    """The any-network pair goes last and comes back first, as each host's history shows (DESIGN §3)."""
    lab = lab_of(Host(name="HV01", networks=ANY), Host(name="HV02", networks=ANY))
    for host in lab.hosts.values():
        host.change(EnableVirtualSystemMigration=True)
    stack = stack_of(lab, pair)
    stack.up()
    stack.destroy()
    for host in lab.hosts.values():
        assert all(change.snapshot.networks for change in host.history)
        assert [entry.prefix_length for entry in host.networks] == [0, 0]


def test_delegation_stands_before_a_host_asks_for_kerberos(lab: Lab, stack_of: Stacks) -> None:
    """And goes only after it no longer does."""
    stack = stack_of(lab, pair)
    stack.up()
    stack.destroy()
    changes = [change.time for change in written(lab)]
    settings = [change.time for change in lab.hosts["HV01"].history if change.what == "settings"]
    assert changes[0] < changes[1] < settings[0] < settings[-1] < changes[2]


def test_a_pair_under_credssp_has_no_delegation(lab: Lab, stack_of: Stacks) -> None:
    """CredSSP needs none, and nothing is written to the directory."""

    def credssp(face: Face) -> None:
        face.MigrationPair("pair", hosts=HOSTS, authentication_type="CredSSP")

    stack_of(lab, credssp).up()
    assert written(lab) == []


def test_a_mesh_has_one_delegation_for_each_account(lab_of: Labs, stack_of: Stacks) -> None:
    """Three hosts: each delegates to the two others in one modify."""
    lab = lab_of(*(Host(name=f"HV0{number}") for number in (1, 2, 3)))

    def mesh(face: Face) -> None:
        face.MigrationMesh("mesh", hosts=[f"hv0{number}.lab.test" for number in (1, 2, 3)], move_storage=False)

    stack_of(lab, mesh).up()
    assert lab.directory is not None
    assert len(lab.directory.journal.operations("modify")) == 3
    names = {f"{MIGRATION_SERVICE}/{name}" for host in ("HV02", "HV03") for name in (host, f"{host.lower()}.lab.test")}
    assert delegation(lab, "HV01") == (names, TRANSITION)


def test_file_servers_get_cifs_and_nothing_else(lab: Lab, stack_of: Stacks) -> None:
    """The virtual machines lie on FS01, which has no migration service."""

    def with_storage(face: Face) -> None:
        face.MigrationPair("pair", hosts=HOSTS, file_servers=["fs01.lab.test"])

    stack = stack_of(lab, with_storage)
    stack.up()
    assert delegation(lab, "HV01")[0] == entries("HV02") | {"cifs/FS01", "cifs/fs01.lab.test"}
    assert stack.is_settled()
    stack.destroy()
    assert delegation(lab, "HV01") == (set(), PLAIN)


def test_a_hand_change_in_the_directory_is_shown_and_repaired(lab: Lab, stack_of: Stacks) -> None:
    """Somebody removes an entry and clears the bit."""
    stack = stack_of(lab, pair)
    stack.up()
    assert lab.directory is not None
    lab.directory.administrator.set_delegation("HV01", ["cifs/HV02"])
    lab.directory.administrator.set_user_account_control("HV01", PLAIN)
    assert stack.refresh().changes.get("update") == 1
    assert not stack.is_settled()
    stack.up()
    assert delegation(lab, "HV01") == (entries("HV02"), TRANSITION)
    assert stack.is_settled()


def test_bad_pairs_are_refused_in_the_preview(lab: Lab, stack_of: Stacks) -> None:
    """A host with itself, in one sentence."""

    def with_itself(face: Face) -> None:
        face.MigrationPair("pair", hosts=["hv01.lab.test", "HV01.lab.test."])

    with pytest.raises(OperationFailedError) as refused:
        stack_of(lab, with_itself).preview()
    said = refused.value.run.output
    assert "is there twice" in said
    assert "hyperv_migration/" not in said
    # The engine may shut the monitor down before the program's own host has its answer, which that host prints so.
    assert "Traceback" not in said or "Exception: resource monitor shut down" in said


def test_a_source_that_is_a_destination_is_refused(lab: Lab, stack_of: Stacks) -> None:
    """Before anything is sent to the directory."""

    def to_itself(face: Face) -> None:
        face.KerberosDelegation("itself", source="HV01", destinations=["hv01.lab.test"])

    with pytest.raises(OperationFailedError) as refused:
        stack_of(lab, to_itself).preview()
    assert "source itself" in refused.value.run.output
    assert lab.directory is not None
    assert lab.directory.journal.operations() == []


@pytest.mark.parametrize("face", [DYNAMIC], indirect=True, ids=["dynamic"])
@pytest.mark.parametrize(
    ("example", "configuration"),
    [
        ("pair", {"pair:hosts": HOSTS, "pair:networks": ["192.168.10.0/24"]}),
        ("lab-teardown", {"lab-teardown:hosts": HOSTS, "lab-teardown:network": "192.168.10.0/24"}),
    ],
)
def test_the_examples_run_as_they_stand(
    lab: Lab, stack_of: Stacks, example: str, configuration: dict[str, object]
) -> None:
    """The same program text that `pulumi up` runs: up, no changes, destroy, nothing left."""
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    stack = stack_of(lab, lambda _: program_of(EXAMPLES / example)())
    stack.configure(configuration)
    stack.up()
    assert delegation(lab, "HV02") == (entries("HV01"), TRANSITION)
    assert stack.is_settled()
    stack.destroy()
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert [delegation(lab, name) for name in lab.hosts] == [(set(), PLAIN)] * 2
