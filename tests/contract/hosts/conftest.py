"""Emulated hosts, and the provider's own process state made new for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from hyperv_migration.operations.created import forget_created
from hyperv_migration.wiring import forget_connections
from support.callers import Caller
from support.hosts import Bench, scenario

MakeBench = Callable[..., Bench]


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Begin and end each test as a new process does."""
    forget_created()
    forget_connections()
    yield
    forget_created()
    forget_connections()


@pytest.fixture
def bench_of(caller: Caller) -> Iterator[MakeBench]:
    """Start a lab of the hosts given, for operations through each face in turn; stopped at the end."""
    with ExitStack() as stack:

        def make(*hosts: Host, configuration: dict[str, Any] | None = None) -> Bench:
            return Bench(stack.enter_context(Lab(scenario(*hosts))), caller, **(configuration or {}))

        yield make


@pytest.fixture
def bench(bench_of: MakeBench) -> Bench:
    """A fresh HV01."""
    return bench_of()
