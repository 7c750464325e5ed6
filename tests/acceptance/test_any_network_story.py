"""What was found of any network comes back as soon as it is released, through the real engine and both faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from acceptance.conftest import Labs, Stacks
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from support.engine import Run
from support.faces import Face

pytestmark = pytest.mark.engine

SUBNET = "192.168.10.0/24"
NOWHERE = "listens nowhere"
ANY = tuple(
    Network(subnet_number=address, prefix_length=0, metric=metric, tags=("Microsoft:UserManagedAllNetworks",))
    for address, metric in (("0.0.0.0", 0), ("::", 4))
)

Declare = Callable[[Face, Sequence[str] | None], None]


def pair(face: Face, networks: Sequence[str] | None) -> None:
    """Two hosts, as the first page of the documentation declares them."""
    given = {} if networks is None else {"networks": networks}
    face.MigrationPair("all", hosts=["hv01.lab.test", "hv02.lab.test"], authentication_type="CredSSP", **given)


def mesh(face: Face, networks: Sequence[str] | None) -> None:
    """Three hosts."""
    given = {} if networks is None else {"networks": networks}
    hosts = [f"hv0{number}.lab.test" for number in (1, 2, 3)]
    face.MigrationMesh("all", hosts=hosts, authentication_type="CredSSP", **given)


def host(face: Face, networks: Sequence[str] | None) -> None:
    """One host, with the resources themselves."""
    ids = [
        face.MigrationNetwork(f"network-{subnet}", computer_name="hv01.lab.test", subnet=subnet).id
        for subnet in networks or ()
    ]
    confined = {"use_any_network": False, "networks": ids} if ids else {} if networks is None else {"networks": []}
    face.MigrationHost("host", computer_name="hv01.lab.test", enabled=True, **confined)


def found_with_any_network(lab_of: Labs) -> Lab:
    """Three hosts that migrate over any network, one half with a metric."""
    lab = lab_of(*(Host(name=f"HV0{number}", networks=ANY) for number in (1, 2, 3)))
    for each in lab.hosts.values():
        each.change(EnableVirtualSystemMigration=True)
    return lab


def lists(lab: Lab) -> list[list[tuple[str, int, int]]]:
    """What each host lists; both spellings of ::/0 are one."""
    return [
        sorted((entry.subnet_number.replace("::0", "::"), entry.prefix_length, entry.metric) for entry in each.networks)
        for each in lab.hosts.values()
    ]


def told(run: Run) -> list[str]:
    """The warnings of an empty list."""
    return [said for said in run.said("warning") if NOWHERE in said]


@pytest.mark.parametrize(
    ("declare", "later"),
    [
        pytest.param(pair, None, id="pair taken out"),
        pytest.param(pair, [], id="pair emptied"),
        pytest.param(mesh, None, id="mesh taken out"),
        pytest.param(host, [], id="host emptied"),
    ],
)
def test_any_network_is_back_before_the_networks_go(
    lab_of: Labs, stack_of: Stacks, declare: Declare, later: list[str] | None
) -> None:
    """One `up` updates the hosts and then deletes the networks; a refresh in between changes nothing."""
    lab = found_with_any_network(lab_of)
    before = lists(lab)
    stack = stack_of(lab, lambda face: declare(face, [SUBNET]))
    stack.up()
    assert lists(lab) != before
    stack.refresh()
    stack.program = lambda face: declare(face, later)
    run = stack.up()
    assert (lists(lab), stack.is_settled()) == (before, True)
    assert run.changes["update"] == run.changes["delete"] > 0
    stack.destroy()
    assert lists(lab) == before
    for each in lab.hosts.values():
        assert all(change.snapshot.networks for change in each.history)


def test_the_last_network_does_not_go_without_a_word(lab: Lab, stack_of: Stacks) -> None:
    """The host keeps `useAnyNetwork: false`: one warning at the delete, and one at each refresh from then on."""

    def kept(face: Face, networks: Sequence[str]) -> None:
        ids = [face.MigrationNetwork("network", computer_name="hv01.lab.test", subnet=each).id for each in networks]
        face.MigrationHost("host", computer_name="hv01.lab.test", enabled=True, use_any_network=False, networks=ids)

    stack = stack_of(lab, lambda face: kept(face, [SUBNET]))
    assert told(stack.up()) == []
    stack.program = lambda face: kept(face, [])
    assert ["hv01" in said for said in told(stack.up())] == [True]
    for _ in range(2):
        assert len(told(stack.refresh())) == 1
