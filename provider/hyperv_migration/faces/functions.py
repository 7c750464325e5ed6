"""The functions by name, each with its declaration: what both faces dispatch on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import Declaration, Failure, Inputs
from hyperv_migration.model.readiness import READINESS
from hyperv_migration.operations.ports import Targets
from hyperv_migration.readiness import reading


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function: what it is, how its arguments are checked, and how it is run."""

    declaration: Declaration
    check: Callable[[Inputs], tuple[dict[str, Any], list[Failure]]]
    run: Callable[[Inputs, Targets], dict[str, Any]]


FUNCTIONS = {
    READINESS.name: Function(
        declaration=READINESS,
        check=reading.check,
        run=lambda inputs, targets: reading.outputs(reading.read_readiness(inputs, targets)),
    ),
}
