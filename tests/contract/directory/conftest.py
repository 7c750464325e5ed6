"""One suite, two directories: what the embedded one answers counts only where Samba agrees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.directory.domains import PASSWORD, Domain, Embedded, Samba, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from support.callers import Caller
from support.samba_bench import Bench, new_run


@pytest.fixture(autouse=True)
def no_connections_left() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    disconnect()


@pytest.fixture
def embedded() -> Iterator[EmbeddedDirectory]:
    """The embedded directory, as Windows behaves."""
    with EmbeddedDirectory(scenario()) as running:
        yield running
        disconnect()


@pytest.fixture(params=["embedded", pytest.param("samba", marks=pytest.mark.samba)])
def domain(request: pytest.FixtureRequest) -> Iterator[Domain]:
    """Each of the two, with no delegation on HV01."""
    if request.param == "embedded":
        yield Embedded(request.getfixturevalue("embedded"))
        return
    found = Samba(request.getfixturevalue("samba_domain"))
    found.set_delegation("HV01", [], 0x1000)
    found.set_delegation("HV02", [], 0x1000)
    yield found
    disconnect()


@pytest.fixture
def bench(domain: Domain, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Each face in turn, on each of the two directories."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", PASSWORD)
    new_run()
    yield Bench(domain.configuration(), caller=caller)
    new_run()
