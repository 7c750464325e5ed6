"""Random histories of two stacks, an administrator and a failover cluster, on emulated hosts (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from contract.histories.counting import HOSTS_KIND, PATIENCE, histories, played
from contract.histories.hosts import steps as happening
from contract.histories.hosts.steps import Beginning, Step
from contract.histories.hosts.story import HostStory
from contract.histories.hosts.worlds import HostWorld
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.callers import ThroughFace
from support.hosts import scenario


@pytest.fixture(scope="module")
def hosts() -> Iterator[HostWorld]:
    """Two hosts, installed anew for each history."""
    with Lab(scenario(Host(name="HV01"), Host(name="HV02"))) as lab:
        yield HostWorld(lab)


@pytest.mark.timeout(PATIENCE)
@histories(share=0.5)
@given(beginning=happening.beginnings, steps=happening.histories)
def test_no_history_loses_what_is_foreign_or_leaves_what_is_ours(
    hosts: HostWorld, callers: tuple[ThroughFace, ...], beginning: Beginning, steps: list[Step]
) -> None:
    """Whatever two stacks, an administrator, a cluster, lost answers, lost races and crashes do in whatever order."""
    hosts.begin(beginning)
    # A number of its own makes each history a project of its own to the journal of this machine.
    story = HostStory(hosts, number=sum(played.values()), callers=callers)
    played[HOSTS_KIND] += 1
    for step in steps:
        story.play(step)
    story.end()
