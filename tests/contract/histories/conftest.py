"""The directories and hosts that histories are played on, and the count of them at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.directory.domains import Samba, scenario
from contract.histories.counting import EMBEDDED_KIND, HOSTS_KIND, SAMBA_KIND, played
from contract.histories.worlds import EmbeddedWorld, SambaWorld
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from support import samba


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many histories were played."""
    if played:
        kinds = [kind for kind in (EMBEDDED_KIND, SAMBA_KIND, HOSTS_KIND) if kind in played]
        counts = ", ".join(f"{played[kind]} {kind}" for kind in kinds)
        terminalreporter.write_line(f"histories: {counts}")


@pytest.fixture
def embedded_world() -> Iterator[EmbeddedWorld]:
    """The embedded directory."""
    with EmbeddedDirectory(scenario()) as directory:
        yield EmbeddedWorld(directory)
        disconnect()


@pytest.fixture
def samba_world(samba_domain: samba.Domain) -> Iterator[SambaWorld]:
    """A real Samba domain."""
    yield SambaWorld(Samba(samba_domain))
    disconnect()
