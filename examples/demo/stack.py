"""The real Pulumi engine, driving the program text of examples/pair on a state folder of its own.

The Automation API runs the program inside this process, so that no language host is needed beside the CLI.
"""

from __future__ import annotations

import gc
import os
import runpy
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation

EXAMPLE = Path(__file__).resolve().parents[1] / "pair"
_DYNAMIC = "pulumi-python:dynamic/hyperv-migration:"
_INTERNAL = ("__", "managed")


class EngineError(Exception):
    """The engine ended an operation with an error; carries all it printed."""


@dataclass(frozen=True)
class Step:
    """What the engine did, or would do, with one resource; `changed` has a property's old and new value."""

    name: str
    kind: str = ""
    operation: str = "nothing"
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass
class Run:
    """What one operation of the engine did and printed; the steps stand in the order in which they ended."""

    output: str = ""
    steps: dict[str, Step] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def step(self, name: str) -> Step:
        """What was done with one resource."""
        return self.steps.get(name, Step(name))

    def done(self) -> list[Step]:
        """The steps, those left out that changed nothing."""
        return [step for step in self.steps.values() if step.operation in {"create", "update", "delete"}]

    def counted(self) -> dict[str, int]:
        """How many resources each operation met."""
        return dict(Counter(step.operation for step in self.done()))

    def take(self, event: automation.EngineEvent) -> None:
        """Remember what one event tells about a resource."""
        told = event.res_outputs_event or event.resource_pre_event
        if told is None or not told.metadata.type.startswith(_DYNAMIC):
            return
        metadata = told.metadata
        name = metadata.urn.rpartition("::")[2]
        old, new = _values(metadata.old), _values(metadata.new)
        changed = {key: (old.get(key), new[key]) for key in new if key in old and old[key] != new[key]}
        # Told once when it begins, and once more when it ends, with the values after it.
        self.steps.pop(name, None)
        self.steps[name] = Step(name, metadata.type.removeprefix(_DYNAMIC), metadata.op.value, changed)


class PairStack:
    """One stack of examples/pair."""

    def __init__(self, folder: Path, configuration: Mapping[str, object], password: str) -> None:
        self._state = folder / "state"
        self.printed: list[str] = []
        home, work = folder / "home", folder / "project"
        for made in (self._state, home, work):
            made.mkdir()
        backend = f"file://{self._state}"
        self._stack = automation.create_stack(
            stack_name="lab",
            project_name="pair",
            program=_program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(work),
                pulumi_home=str(home),
                env_vars=_environment(home, backend, password),
                project_settings=automation.ProjectSettings(
                    name="pair", runtime="python", backend=automation.ProjectBackend(url=backend)
                ),
                stack_settings={"lab": automation.StackSettings(config=dict(configuration))},
            ),
        )

    @property
    def version(self) -> str:
        """The engine's own version."""
        return str(self._stack.workspace.pulumi_version)

    def preview(self) -> Run:
        """Say what `up` would change."""
        return self._run(self._stack.preview)

    def up(self) -> Run:
        """Bring hosts and directory to what the program declares."""
        return self._run(self._stack.up)

    def refresh(self) -> Run:
        """Bring the state to what hosts and directory say."""
        return self._run(self._stack.refresh)

    def destroy(self) -> Run:
        """Take back everything the program declared."""
        return self._run(self._stack.destroy)

    def stored(self) -> str:
        """Every byte the backend keeps, as text."""
        files = sorted(path for path in self._state.rglob("*") if path.is_file())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    def _run(self, operation: Callable[..., Any]) -> Run:
        run = Run()
        lines: list[str] = []
        try:
            answer = operation(on_output=lines.append, on_error=lines.append, on_event=run.take, color="never")
            run.outputs = {name: each.value for name, each in getattr(answer, "outputs", {}).items()}
        except automation.CommandError:
            raise EngineError("\n".join(lines)) from None
        finally:
            self.printed += lines
            _collect()
        run.output = "\n".join(lines)
        return run


def _program() -> None:
    runpy.run_path(str(EXAMPLE / "__main__.py"), run_name="__main__")


def _environment(home: Path, backend: str, password: str) -> dict[str, str]:
    """Give the engine a home of its own, this interpreter for the provider, and the password for that alone."""
    return {
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": backend,
        "PULUMI_CONFIG_PASSPHRASE": "only for the demo",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_RUNTIME_VIRTUALENV": sys.prefix,
        "HYPERV_MIGRATION_PASSWORD": password,
        "XDG_STATE_HOME": str(home / "notes"),
        # The lab's own list of accounts, which lives in this process's environment, is none of the provider's business.
        "NTLM_USER_FILE": "",
    }


def _values(state: automation.StepEventStateMetadata | None) -> dict[str, Any]:
    outputs = (state.outputs or {}) if state else {}
    return {name: value for name, value in outputs.items() if not name.startswith(_INTERNAL)}


def _collect() -> None:
    """Drop the event loops that the Automation API leaves open, without Python's complaint about them."""
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def without_settings_of_the_user() -> None:
    """Forget variables of the person at the terminal that would lead the demo to their own hosts or stacks."""
    for name in [name for name in os.environ if name.startswith(("HYPERV_MIGRATION_", "PULUMI_", "KRB5"))]:
        del os.environ[name]
