"""Emulated hosts, and a run of its own for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.callers import Caller
from support.hosts import Bench, scenario

MakeBench = Callable[..., Bench]


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
