"""Elements of a component's lists that are outputs or secrets, on both faces with the real engine."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from acceptance.conftest import Stacks
from hyperv_migration.lab.lab import Lab
from support.engine import OperationFailedError, Program
from support.faces import PLUGIN, Face

pytestmark = pytest.mark.engine

HV01, HV02 = "hv01.lab.test", "hv02.lab.test"


def pair(**inputs: Any) -> Program:
    """A program of one pair; what is a function is made within the program."""

    def program(face: Face) -> None:
        given = {name: [item() if callable(item) else item for item in value] for name, value in inputs.items()}
        face.MigrationPair("pair", **given)

    return program


def test_an_element_that_is_not_known_is_one_sentence(lab: Lab, stack_of: Stacks) -> None:
    """Component, input and index are named; a program's own traceback, where there is one, is that of the SDK."""

    def program(face: Face) -> None:
        net = face.MigrationNetwork("net", computer_name=HV01, subnet="10.9.0.0/16")
        face.MigrationPair("pair", hosts=[HV01, HV02], networks=["10.8.0.0/16", net.id])

    with pytest.raises(OperationFailedError) as failed:
        stack_of(lab, program).preview()
    said = failed.value.run.output
    assert "pair: networks[1] is an output. It must be plain" in said
    assert "mistake" not in said
    assert "is not callable" not in said


def test_a_secret_element(lab: Lab, stack_of: Stacks, face: Face) -> None:
    """The plugin takes it; a Python program cannot look into it, and is told what to write."""
    stack = stack_of(lab, pair(hosts=[lambda: pulumi.Output.secret(HV01), HV02], networks=["10.8.0.0/16"]))
    if face is not PLUGIN:
        with pytest.raises(OperationFailedError) as failed:
            stack.preview()
        assert "pair: hosts[0] is an output" in failed.value.run.output
        assert "config.require" in failed.value.run.output
        return
    stack.up()
    assert lab.hosts["HV01"].settings["AuthenticationType"] == 1
    assert sorted(stack.resources()) == [
        "pair", "pair-host-0", "pair-host-0-10.8.0.0-16", "pair-host-0-delegation",
        "pair-hv02", "pair-hv02-10.8.0.0-16", "pair-hv02-delegation",
    ]  # fmt: skip
    assert stack.is_settled()
    stack.destroy()
