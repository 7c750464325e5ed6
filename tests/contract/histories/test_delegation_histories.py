"""Random histories of two stacks and a foreign administrator, on the embedded directory and on Samba (DESIGN §3)."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from contract.histories.counting import EMBEDDED_KIND, PATIENCE, SAMBA_KIND, histories, played
from contract.histories.pictures import MIGRATION
from contract.histories.steps import Beginning, Refresh, Reissues, Replace, Step, Up, beginnings, calm, troubled
from contract.histories.story import Story
from contract.histories.worlds import EmbeddedWorld, SambaWorld, World
from support.callers import ThroughFace

Callers = tuple[ThroughFace, ...]

NOTHING = Beginning(entries={"HV01": (), "HV02": ()}, bits={"HV01": 0, "HV02": 0})


def _up(slot: int, services: tuple[str, ...] = ("cifs",), *, refresh: bool = False) -> Up:
    """Let HV02 delegate to HV01."""
    declared = {
        "source": "HV02",
        "destinations": ["HV01"],
        "services": list(services),
        "protocolTransition": True,
        "replaceUnconstrained": True,
        "onDestroy": "RemoveAdded",
    }
    return Up("green", slot, declared, refresh=refresh)


RENAMED: list[Step] = [_up(0), Reissues("HV01", "renames")]
REPAIRED: list[Step] = [*RENAMED, _up(0, refresh=True)]
CHANGED_WITHOUT_REFRESH: list[Step] = [*RENAMED, _up(0, ("cifs", MIGRATION)), Refresh("green")]
UNKNOWN_TO_ITS_STATE: list[Step] = [*RENAMED, _up(1), Refresh("green"), Replace("green", 0, create_first=True)]
MADE_ANEW: list[Step] = [
    *REPAIRED,
    Reissues("HV01", "renames"),
    Reissues("HV01", "makes anew"),
    Refresh("green"),
    _up(0),
]
HANDED_ON: list[Step] = [_up(1), Replace("green", 1, create_first=True), _up(0), Up("green", 1, None)]


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
@example(beginning=NOTHING, steps=REPAIRED)
@example(beginning=NOTHING, steps=CHANGED_WITHOUT_REFRESH)
@example(beginning=NOTHING, steps=UNKNOWN_TO_ITS_STATE)
@example(beginning=NOTHING, steps=MADE_ANEW)
@example(beginning=NOTHING, steps=HANDED_ON)
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
