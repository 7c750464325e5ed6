"""Hosts of the lab to put the live questions to, each guess switchable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from support.hosts import scenario

LabOf = Callable[..., Lab]
FOREIGN = Network(subnet_number="10.1.2.0", prefix_length=24, metric=5)


@pytest.fixture
def lab_of() -> Iterator[LabOf]:
    """Start a lab of the hosts given, or of a fresh HV01 with one network; stopped at the end."""
    with ExitStack() as stack:

        def make(*hosts: Host, **more: Any) -> Lab:
            return stack.enter_context(Lab(scenario(*(hosts or (Host(name="HV01", networks=(FOREIGN,)),)), **more)))

        yield make
