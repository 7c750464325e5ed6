"""SIGKILL of the provider after a write and before its answer, through the real engine (DESIGN §3, Failure and journal).

The engine has nothing then, or the old state; on the same machine the next run converges with the prior values known,
and destroy puts back what was there. One test for each cell of the row "killed" of the table of faults.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acceptance.conftest import Stacks
from contract.faults.cells import OPERATIONS, Cell, possible
from hyperv_migration.lab.lab import Lab
from support.engine import OperationFailedError, Stack
from support.faces import DYNAMIC, PLUGIN, Face
from support.killing import SUBJECTS, Subject, killed_after_the_write, notes, picture

pytestmark = pytest.mark.engine

WRITING = [operation for operation in OPERATIONS if operation != "read"]


def live_through(lab: Lab, stack: Stack, subjects: list[Subject], operation: str) -> None:
    """Kill the provider in one operation, run it again, and destroy; `subjects` are declared together."""
    found = picture(lab)
    if operation != "create":
        stack.up()
    again = operation == "update"
    stack.program = program(subjects, again=again)
    run: Callable[[], object] = stack.destroy if operation == "delete" else stack.up
    before = stack.resources()
    with killed_after_the_write(lab, subjects), pytest.raises(OperationFailedError):
        run()
    assert stack.resources() == before
    run()
    if operation != "delete":
        outputs = {name: kept["outputs"] for name, kept in stack.resources().items()}
        for subject in subjects:
            subject.knows(outputs, again=again)
        stack.destroy()
    assert (picture(lab), stack.resources(), notes()) == (found, {}, [])


def program(subjects: list[Subject], *, again: bool) -> Callable[[Face], None]:
    """A program that declares the subjects."""

    def declare(face: Face) -> None:
        for subject in subjects:
            assert subject.face is face
            subject.declare(again=again)

    return declare


@pytest.mark.parametrize(
    ("face", "cell"),
    [pytest.param(PLUGIN, cell, id=cell.name) for cell in possible("killed")],
    indirect=["face"],
)
def test_killed_on_the_plugin_face(lab: Lab, stack_of: Stacks, face: Face, cell: Cell) -> None:
    """Each resource by itself."""
    subjects = [SUBJECTS[cell.resource](face)]
    live_through(lab, stack_of(lab, program(subjects, again=False)), subjects, cell.operation)


@pytest.mark.parametrize(
    ("face", "operation"), [pytest.param(DYNAMIC, operation, id=operation) for operation in WRITING], indirect=["face"]
)
def test_killed_on_the_dynamic_face(lab: Lab, stack_of: Stacks, face: Face, operation: str) -> None:
    """Its host serves all resources, so all of them are between write and answer when it is killed."""
    subjects = [each(face) for each in SUBJECTS.values()]
    live_through(lab, stack_of(lab, program(subjects, again=False)), subjects, operation)
