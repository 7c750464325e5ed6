"""getMigrationReadiness for Python programs: whether two hosts are ready, asked while the program runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.config import get_config

from hyperv_migration.faces.functions import FUNCTIONS
from hyperv_migration.faces.spelling import snake_case
from hyperv_migration.model.configuration import NAMESPACE, OPTIONS, read_configuration
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.operations.run import Run
from hyperv_migration.wiring import WiredTargets
from pulumi_hyperv_migration._resource import refuse_clear_password

_FUNCTION = FUNCTIONS["getMigrationReadiness"]


class _Program:
    """The run that the program is part of: with the Automation API a process sees many, each with an engine of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Any = None
        self._run = Run()

    def run(self) -> Run:
        with self._lock:
            engine = settings.SETTINGS.engine
            if engine is not self._engine:
                self._engine, self._run = engine, Run()
            return self._run


_program = _Program()


@dataclass(frozen=True, kw_only=True)
class ReadinessRow:
    """One prerequisite of live migration, and whether it is met."""

    id: str
    """Which prerequisite; the same for every host."""
    subject: str
    """The host, the two hosts, or the direction it is about."""
    question: str
    """The prerequisite as a question, in one sentence."""
    answer: str
    """yes, no or unknown."""
    reason: str
    """What was seen, or why nothing was."""
    remedy: str
    """What to do about it; empty where the answer is yes."""
    decisive: bool
    """Whether the answer counts for `ready`; other rows are advice."""


@dataclass(frozen=True, kw_only=True)
class MigrationReadiness:
    """Every prerequisite of live migration between two hosts, and what they come to."""

    ready: str
    """no if a decisive row says no, else unknown if one is unknown, else yes."""
    rows: tuple[ReadinessRow, ...]
    """Every prerequisite in turn."""


def get_migration_readiness(source: str, destination: str, *, profile: str | None = None) -> MigrationReadiness:
    """Ask whether two hosts are ready to move virtual machines to each other: every prerequisite as a row.

    It reads both hosts and their domain while the program runs, in a preview too, with the stack's configuration and
    the environment's credentials, and writes nothing. What it cannot reach is unknown, never a failure. It shows the
    hosts as they are before this program's resources are made, so right after `up` a second run tells the new state.

    Args:
        source: One of the two hosts, by the DNS name under which WinRM answers; plain, not an output.
        destination: The other one; delegation is looked at in both directions.
        profile: Which connection profile of the configuration to use; unset picks it by name patterns.

    Raises:
        pulumi.RunError: An argument or the configuration cannot be.
    """
    refuse_clear_password()
    arguments, failures = _FUNCTION.check({"source": source, "destination": destination, "profile": profile})
    if failures:
        raise pulumi.RunError(f"get_migration_readiness: {'; '.join(failure.reason for failure in failures)}")
    configured = {option.name: get_config(f"{NAMESPACE}:{option.name}") for option in OPTIONS}
    try:
        found = _FUNCTION.run(arguments, WiredTargets(read_configuration(configured), run=_program.run()))
    except MigrationError as error:
        raise pulumi.RunError(f"get_migration_readiness: {error}") from None
    rows = tuple(ReadinessRow(**{snake_case(name): value for name, value in row.items()}) for row in found["rows"])
    return MigrationReadiness(ready=found["ready"], rows=rows)
