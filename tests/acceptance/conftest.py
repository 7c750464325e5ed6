"""A running lab and a stack that is configured for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Computer, Directory, Host
from support.engine import Program, Stack
from support.faces import FACES, Face
from support.hosts import PASSWORD, scenario

Labs = Callable[..., Lab]
Stacks = Callable[..., Stack]


@pytest.fixture
def lab_of() -> Iterator[Labs]:
    """Start a lab of the hosts given, with a directory and a file server's account; stopped at the end."""
    with ExitStack() as stack:

        def start(*hosts: Host, **more: Any) -> Lab:
            parts = {"directory": Directory(), "computers": (Computer(name="FS01"),), **more}
            return stack.enter_context(Lab(scenario(*hosts, **parts)))

        yield start


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01 and HV02, fresh, in lab.test."""
    return lab_of(Host(name="HV01"), Host(name="HV02"))


@pytest.fixture(params=FACES, ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> Face:
    """Each face in turn."""
    chosen: Face = request.param
    return chosen


@pytest.fixture
def stack_of(engine: Path, tmp_path: Path, face: Face) -> Stacks:
    """Make a stack of a program that is given the face, configured for a lab; its password is the operator's."""
    assert engine.is_dir()

    def make(lab: Lab, program: Program, **configuration: Any) -> Stack:
        stack = Stack(tmp_path / "stack", program, arguments=(face,))
        keys = {**lab.configuration(), **configuration}
        stack.configure(
            {f"hyperv-migration:{name}": value for name, value in keys.items()},
            {"hyperv-migration:password": PASSWORD},
        )
        return stack

    return make
