"""Renaming, moving, and what a failed run leaves over, through the real engine (docs/renaming.md)."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from acceptance.conftest import Labs, Stacks
from acceptance.test_pair_story import ANY, HOSTS, PLAIN, delegation, written
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.engine import OperationFailedError, Program
from support.faces import Face

pytestmark = pytest.mark.engine

SUBNET = "192.168.10.0/24"


def confined(name: str, host: str = "hv01.lab.test", opts: pulumi.ResourceOptions | None = None) -> Program:
    """A host that listens on one network only."""

    def program(face: Face) -> None:
        network = face.MigrationNetwork(f"{name}-net", computer_name=host, subnet=SUBNET, opts=opts)
        face.MigrationHost(
            name, computer_name=host, enabled=True, use_any_network=False, networks=[network.id], opts=opts
        )

    return program


def component(kind: str, hosts: list[str]) -> Program:
    """A pair or a mesh of one name."""

    def program(face: Face) -> None:
        getattr(face, kind)("group", hosts=hosts, networks=[SUBNET])

    return program


def pictures(lab: Lab) -> list[Any]:
    """Hosts and accounts."""
    hosts = [(name, host.snapshot) for name, host in sorted(lab.hosts.items())]
    return [*hosts, *(delegation(lab, name) for name in sorted(lab.hosts))]


def writes(lab: Lab) -> int:
    """How often anything was changed."""
    return len(written(lab)) + sum(len(host.history) for host in lab.hosts.values())


@pytest.fixture
def two(lab_of: Labs) -> Lab:
    """Two hosts on any network."""
    return lab_of(*(Host(name=name, networks=ANY) for name in ("HV01", "HV02")))


def test_a_misspelt_host_leaves_the_old_one_as_it_is(two: Lab, stack_of: Stacks) -> None:
    """The new target is reached before the old one loses anything; mended, the move goes on, and never without a listener."""
    found = pictures(two)
    addresses = {**two.configuration()["addresses"], "hv02.lab.tset": "127.0.0.1:1"}
    stack = stack_of(two, confined("host"), addresses=addresses)
    stack.up()
    before = pictures(two)
    stack.program = confined("host", "hv02.lab.tset")
    with pytest.raises(OperationFailedError):
        stack.up()
    assert pictures(two) == before
    stack.program = confined("host", "hv02.lab.test")
    stack.up()
    assert [entry.subnet_number for entry in two.hosts["HV02"].networks] == ["192.168.10.0"]
    stack.destroy()
    for host in two.hosts.values():
        assert all(change.snapshot.networks for change in host.history)
    assert [entry.prefix_length for name in ("HV01", "HV02") for entry in two.hosts[name].networks] == [0] * 4
    assert pictures(two)[2:] == found[2:]


def test_a_second_resource_for_one_host_is_refused_in_every_run(two: Lab, stack_of: Stacks) -> None:
    """In the preview, in the identical second `up`, and beside one that is there."""

    def twice(face: Face) -> None:
        face.MigrationHost("one", computer_name="hv01.lab.test", enabled=True)
        face.MigrationHost("two", computer_name="HV01.lab.test", maximum_storage_migrations=9)

    found = two.hosts["HV01"].snapshot
    stack = stack_of(two, twice)
    for attempt in (stack.preview, stack.up, stack.up):
        with pytest.raises(OperationFailedError, match="in this program already"):
            attempt()
    stack.program = lambda face: face.MigrationHost("one", computer_name="hv01.lab.test", enabled=True)
    stack.up()
    stack.program = twice
    for attempt in (stack.preview, stack.up):
        with pytest.raises(OperationFailedError, match="in this program already"):
            attempt()
    # Without a preview the engine may have made the one that it was told of first; whichever it was, what was found comes back.
    stack.program = lambda face: face.MigrationHost("one", computer_name="hv01.lab.test", enabled=True)
    stack.up()
    stack.destroy()
    assert two.hosts["HV01"].snapshot == found


def test_the_next_up_does_not_undo_what_a_failed_one_has_made(lab_of: Labs, stack_of: Stacks) -> None:
    """A pair becomes a mesh under another name, and the third host does not answer at first; then everything is destroyed."""
    lab = lab_of(*(Host(name=f"HV0{number}", networks=ANY) for number in (1, 2, 3)))
    found = [(dict(host.settings), len(host.networks)) for host in lab.hosts.values()]
    stack = stack_of(lab, component("MigrationPair", HOSTS))
    stack.up()

    def renamed(face: Face) -> None:
        face.MigrationMesh("mesh", hosts=[*HOSTS, "hv03.lab.test"], networks=[SUBNET])

    stack.program = renamed
    lab.hosts["HV03"].stop_listening()
    with pytest.raises(OperationFailedError):
        stack.up()
    lab.hosts["HV03"].resume_listening()
    stack.up()
    for host in lab.hosts.values():
        assert [entry.subnet_number for entry in host.networks] == ["192.168.10.0"]
        assert len(delegation(lab, host.name)[0]) == 8
    assert stack.is_settled()
    stack.destroy()
    assert [(dict(host.settings), len(host.networks)) for host in lab.hosts.values()] == found
    assert [delegation(lab, name) for name in lab.hosts] == [(set(), PLAIN)] * 3


def test_two_hosts_become_three_and_nothing_that_stays_is_touched(lab_of: Labs, stack_of: Stacks) -> None:
    """Pair and mesh are aliases of each other, and so are their children."""
    lab = lab_of(*(Host(name=f"HV0{number}") for number in (1, 2, 3)))
    found = pictures(lab)
    stack = stack_of(lab, component("MigrationPair", HOSTS))
    stack.up()
    before = writes(lab)
    stack.program = component("MigrationMesh", HOSTS)
    assert set(stack.up().changes) <= {"same", "update"}
    assert writes(lab) == before
    stack.program = component("MigrationMesh", [*HOSTS, "hv03.lab.test"])
    run = stack.up()
    assert {
        name: step for name, step in run.steps.items() if "hv03" not in name and step not in {"same", "update"}
    } == {}
    stack.program = component("MigrationPair", HOSTS)
    stack.up()
    assert [delegation(lab, name)[1] for name in lab.hosts][2] == PLAIN
    stack.destroy()
    assert pictures(lab) == found


@pytest.mark.parametrize("alias", [True, False], ids=["alias", "none"])
def test_a_renamed_resource_gives_back_what_was_found(two: Lab, stack_of: Stacks, alias: bool) -> None:
    """With an alias nothing is written and nothing is forgotten; without one this machine's journal knows."""
    found = [(dict(host.settings), len(host.networks)) for host in two.hosts.values()]
    stack = stack_of(two, confined("old"))
    stack.up()
    # From then on only the state of the old one knows; the note of its create would tell the new one.
    stack.refresh()
    before = writes(two)
    if alias:

        def renamed(face: Face) -> None:
            def once(name: str) -> pulumi.ResourceOptions:
                return pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])

            network = face.MigrationNetwork(
                "new-net", computer_name="hv01.lab.test", subnet=SUBNET, opts=once("old-net")
            )
            face.MigrationHost(
                "new",
                computer_name="hv01.lab.test",
                enabled=True,
                use_any_network=False,
                networks=[network.id],
                opts=once("old"),
            )

        stack.program = renamed
    else:
        stack.program = confined("new")
    run = stack.up()
    assert writes(two) == before
    assert bool([line for line in run.said("warning") if "on this machine only" in line]) is not alias
    stack.destroy()
    assert [(dict(host.settings), len(host.networks)) for host in two.hosts.values()] == found


@pytest.mark.parametrize("deletes_first", [None, True], ids=["create", "delete"])
def test_what_a_program_replaces_by_force_keeps_what_was_found(
    two: Lab, stack_of: Stacks, deletes_first: bool | None
) -> None:
    """`--replace` of everything, also with the option that deletes first."""
    found = [(dict(host.settings), len(host.networks)) for host in two.hosts.values()]
    stack = stack_of(two, confined("host", opts=pulumi.ResourceOptions(delete_before_replace=deletes_first)))
    stack.up()
    stack.up(replace=[one["urn"] for name, one in stack.resources().items() if name.startswith("host")])
    assert [entry.subnet_number for entry in two.hosts["HV01"].networks] == ["192.168.10.0"]
    stack.destroy()
    assert [(dict(host.settings), len(host.networks)) for host in two.hosts.values()] == found
