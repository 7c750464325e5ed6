"""The provider's own process state made new for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hyperv_migration.operations.created import forget_created
from hyperv_migration.wiring import forget_connections


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Begin and end each test as a new process does."""
    forget_created()
    forget_connections()
    yield
    forget_created()
    forget_connections()
