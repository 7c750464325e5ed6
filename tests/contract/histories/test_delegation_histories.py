"""Random histories of two stacks and a foreign administrator, on the embedded directory and on Samba (DESIGN §3)."""

from __future__ import annotations

import pytest
from hypothesis import given

from contract.histories.counting import EMBEDDED_KIND, PATIENCE, SAMBA_KIND, histories, played
from contract.histories.steps import Beginning, Step, beginnings, calm, troubled
from contract.histories.story import Story
from contract.histories.worlds import EmbeddedWorld, SambaWorld, World
from support.callers import ThroughFace

Callers = tuple[ThroughFace, ...]


def play(world: World, callers: Callers, told: tuple[Beginning, list[Step]], kind: str) -> None:
    """Play one history to its end, each run through one of the faces."""
    beginning, steps = told
    world.begin(beginning)
    # A number of its own makes each history a project of its own to the journal of this machine.
    story = Story(world, number=sum(played.values()), callers=callers)
    played[kind] += 1
    story.begin()
    for step in steps:
        story.play(step)
    story.end()


@pytest.mark.timeout(PATIENCE)
@histories(share=1.0)
@given(beginning=beginnings, steps=troubled)
def test_no_history_loses_what_is_foreign_or_leaves_what_is_ours(
    embedded_world: EmbeddedWorld, callers: Callers, beginning: Beginning, steps: list[Step]
) -> None:
    """Whatever two stacks, an administrator, lost answers, lost races and crashes do in whatever order."""
    play(embedded_world, callers, (beginning, steps), EMBEDDED_KIND)


@pytest.mark.samba
@pytest.mark.timeout(PATIENCE)
@histories(share=0.03)  # each step there is judged by a program of Samba's, which takes its time
@given(beginning=beginnings, steps=calm)
def test_samba_tells_the_same_stories(
    samba_world: SambaWorld, callers: Callers, beginning: Beginning, steps: list[Step]
) -> None:
    """The oracle holds on a directory that is not ours."""
    play(samba_world, callers, (beginning, steps), SAMBA_KIND)
