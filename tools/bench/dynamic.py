"""The same programs on the dynamic face: Python classes in pulumi's host of dynamic providers, which works on four at once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import programs
import pulumi
from measure import PARALLEL, PASSWORD, WITHOUT_CHECKPOINTS, Cost, costs, slow_lab
from noop_dynamic import Nothing

import pulumi_hyperv_migration as sdk
from hyperv_migration.faces.spelling import snake_case
from support.engine import Stack

Make = Callable[..., pulumi.Resource]
_OPERATIONS = {"preview": "preview", "up": "up", "up again": "up", "refresh": "refresh", "destroy": "destroy"}


def program(count: int) -> dict[str, Cost]:
    """Run so many pairs, and as many resources that do nothing, each operation of the one right after that of the other."""
    with tempfile.TemporaryDirectory() as folder, slow_lab(2 * count) as lab:
        real = _stack(Path(folder) / "ours", lambda: _declare(count, lambda kind: getattr(sdk, kind)))
        keys = {f"hyperv-migration:{name}": value for name, value in lab.configuration().items()}
        real.configure(keys, {"hyperv-migration:password": PASSWORD})
        idle = _stack(Path(folder) / "nothing", lambda: _declare(count, lambda _: Nothing))
        return costs(lab, lambda operation: _timed(real, operation), lambda operation: _timed(idle, operation))


def _stack(folder: Path, declare: Callable[[], None]) -> Stack:
    return Stack(folder, declare, WITHOUT_CHECKPOINTS, options={"parallel": int(PARALLEL)})


def _timed(stack: Stack, operation: str) -> float:
    began = time.monotonic()
    getattr(stack, _OPERATIONS[operation])()
    return time.monotonic() - began


def _declare(count: int, class_of: Callable[[str], Make]) -> None:
    made: dict[str, pulumi.Resource] = {}
    for name, resource in programs.pairs(count).items():
        kind = resource["type"].rpartition(":")[2]
        inputs: dict[str, Any] = {snake_case(key): value for key, value in resource["properties"].items()}
        before = [made[before[2:-1]] for before in resource.get("options", {}).get("dependsOn", [])]
        if "networks" in inputs:
            inputs["networks"] = [made[network[2:].partition(".")[0]].id for network in inputs["networks"]]  # type: ignore[attr-defined]
        made[name] = class_of(kind)(name, **inputs, opts=pulumi.ResourceOptions(depends_on=before))
