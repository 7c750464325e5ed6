"""The real Pulumi engine as tests use it: one project folder, one stack, its operations and what they said.

Inline programs of the Automation API need the CLI and the host of dynamic providers only, no language host
(pulumi-protocol.md §18). Every stack has its own state folder, home and passphrase; nothing is shared with
the person who runs the tests.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import runpy
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation.errors import CommandError
from pulumi.runtime import reset_options

PROJECT = "story"
STACK = "test"
PASSPHRASE = "only for tests"
LOCATOR = Path(__file__).resolve().parents[2] / "tools" / "engine.py"

# The types of the stack itself and of provider instances.
ENGINES_OWN = "pulumi:"

# How long the worker threads of a finished operation may take to end, in seconds.
LINGER = 2.0

Program = Callable[..., None]
"""An inline program; it is called with what its stack says."""


class EngineMissingError(Exception):
    """No engine is installed and none has been built yet."""


@dataclass(frozen=True)
class Diagnostic:
    """One line the engine showed, and the resource it stood under."""

    severity: str
    resource: str
    message: str


@dataclass
class Run:
    """What one operation of the engine did and said.

    Attributes:
        succeeded: whether the engine ended without an error.
        output: all it printed, or the command's own report if it failed.
        changes: its summary, operation -> count, the stack itself included.
        steps: logical name -> operation (`create`, `update`, `same`, `delete`, `replace`...).
        diagnostics: lines shown, without the debugging ones.
        outputs: the stack's outputs after `up`.
    """

    succeeded: bool = False
    output: str = ""
    changes: dict[str, int] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def said(self, severity: str) -> list[str]:
        """The messages of one severity: `info`, `warning` or `error`."""
        return [line.message for line in self.diagnostics if line.severity == severity]

    @property
    def shown(self) -> dict[str, list[str]]:
        """The properties printed as changed, by logical name: `~` changed, `+` added, `-` gone."""
        rows = re.findall(r"^.*? (\S+) \w+ (?:\([\d.]+s\) )?\[diff: (.*?)\]", self.output, re.MULTILINE)
        return {name: re.findall(r"[-+~]\w+", listed) for name, listed in rows}

    def take(self, event: automation.EngineEvent) -> None:
        """Remember what one event of the engine tells."""
        told, summary = event.diagnostic_event, event.summary_event
        step = event.resource_pre_event or event.res_outputs_event
        if told and told.severity != "debug":
            self.diagnostics.append(Diagnostic(told.severity, name_in(told.urn or ""), told.message.strip()))
        if summary:
            self.changes = {str(operation): count for operation, count in summary.resource_changes.items()}
        if step and not step.metadata.type.startswith(ENGINES_OWN):
            self.steps[name_in(step.metadata.urn)] = step.metadata.op.value


class OperationFailedError(AssertionError):
    """The engine ended an operation with an error; `run` holds what it said."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.output)
        self.run = run


def engine_folder() -> Path:
    """The folder of the engine's programs, as tools/engine.py finds it; nothing is built here."""
    asked = subprocess.run(
        [sys.executable, str(LOCATOR), "--no-build"], capture_output=True, text=True, check=False, timeout=30
    )
    if asked.returncode:
        raise EngineMissingError(asked.stderr.strip())
    return Path(asked.stdout.strip())


def name_in(urn: str) -> str:
    """The logical name a URN ends with."""
    return urn.rpartition("::")[2]


def program_of(project: Path) -> Program:
    """The program of a plain Pulumi project, run anew from its own text each time; not in the project's folder."""
    return lambda: _ignore(runpy.run_path(str(project / "__main__.py"), run_name="__main__"))


class Stack:
    """One stack of one inline program on a file backend of its own."""

    def __init__(
        self,
        folder: Path,
        program: Program,
        environment: Mapping[str, str] | None = None,
        *,
        arguments: tuple[object, ...] = (),
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Create the stack in an empty folder.

        Args:
            folder: where state, home and project of this stack live.
            program: the inline program; `program` may be assigned anew between operations.
            environment: variables for the engine and the providers, beside those of the test process.
            arguments: what the program is called with.
            options: what every operation is given, such as `parallel`.
        """
        self.options = dict(options or {})
        self.program = program
        self.arguments = arguments
        self.folder = folder
        work, home, state = (folder / name for name in ("project", "home", "state"))
        for made in (work, home, state):
            made.mkdir(parents=True)
        programs = engine_folder()
        self.environment = engine_environment(programs, home, state) | dict(environment or {})
        self._stack = automation.create_stack(
            stack_name=STACK,
            project_name=PROJECT,
            program=program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(work),
                pulumi_home=str(home),
                pulumi_command=_command(programs),
                env_vars=self.environment,
                project_settings=automation.ProjectSettings(
                    name=PROJECT, runtime="python", backend=automation.ProjectBackend(url=f"file://{state}")
                ),
            ),
        )

    def configure(self, plain: Mapping[str, object], secret: Mapping[str, str] | None = None) -> None:
        """Set configuration keys, `namespace:key` each; mappings and lists become structured values."""
        values = {path: automation.ConfigValue(text) for path, text in _paths(plain)}
        values |= {path: automation.ConfigValue(text, secret=True) for path, text in _paths(secret or {})}
        self._stack.set_all_config(values, path=True)

    def preview(self, **options: Any) -> Run:
        """What `pulumi preview` would change."""
        return self._run(self._stack.preview, program=self._called, **options)

    def up(self, **options: Any) -> Run:
        """Bring the targets to what the program declares."""
        return self._run(self._stack.up, program=self._called, **options)

    def refresh(self, **options: Any) -> Run:
        """Bring the state to what the targets say."""
        return self._run(self._stack.refresh, **options)

    def destroy(self, **options: Any) -> Run:
        """Take everything the program declared away again."""
        return self._run(self._stack.destroy, **options)

    def is_settled(self) -> bool:
        """Whether `preview --expect-no-changes` is content, which is what a user's pipeline asks."""
        try:
            self.preview(expect_no_changes=True)
        except OperationFailedError as failed:
            if "no changes were expected" in failed.run.output:
                return False
            raise
        return True

    def resources(self) -> dict[str, dict[str, Any]]:
        """The program's resources in the state by logical name: `id`, `inputs`, `outputs`, `initErrors` and so on."""
        return {name_in(each["urn"]): each for each in self.state() if not each["type"].startswith(ENGINES_OWN)}

    def state(self) -> list[dict[str, Any]]:
        """Every resource of `pulumi stack export`, the engine's own included; secrets in clear."""
        deployment = self._stack.export_stack().deployment or {}
        return list(deployment.get("resources", []))

    def state_files(self) -> str:
        """Every byte the backend keeps, checkpoints and history included, as text."""
        kept = sorted(path for path in (self.folder / "state").rglob("*") if path.is_file())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in kept)

    def _called(self) -> None:
        self.program(*self.arguments)

    def _run(self, operation: Callable[..., Any], **options: Any) -> Run:
        run = Run()
        lines: list[str] = []
        with _leftovers_cleared():
            run.succeeded, run.outputs = _outcome(
                operation,
                on_output=lines.append,
                on_error=lines.append,
                on_event=run.take,
                color="never",
                **{**self.options, **options},
            )
        run.output = "\n".join(lines)
        if not run.succeeded:
            raise OperationFailedError(run)
        return run


def engine_environment(programs: Path, home: Path, state: Path) -> dict[str, str]:
    """What the engine needs in its environment to run alone, offline, with this interpreter's providers."""
    interpreters_own = (sys.prefix, sys.base_prefix)
    modules = [path for path in sys.path if path and not path.startswith(interpreters_own)]
    return {
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PULUMI_RUNTIME_VIRTUALENV": sys.prefix,
        "PULUMI_PYTHON_CMD": sys.executable,
        # A lab in the test process names its accounts there; a provider must not sign in by that file.
        "NTLM_USER_FILE": "",
        "PYTHONPATH": os.pathsep.join(modules),
    }


def _command(programs: Path) -> automation.PulumiCommand:
    return automation.PulumiCommand(root=str(programs.parent) if programs.name == "bin" else None)


def _paths(values: Mapping[str, object]) -> list[tuple[str, str]]:
    return [row for key, value in values.items() for row in _leaves(key, value)]


def _leaves(path: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, each in value.items() for row in _leaves(f'{path}["{key}"]', each)]
    if isinstance(value, list | tuple):
        return [row for index, each in enumerate(value) for row in _leaves(f"{path}[{index}]", each)]
    return [(path, str(value).lower() if isinstance(value, bool) else str(value))]


def _outcome(operation: Callable[..., Any], **options: Any) -> tuple[bool, dict[str, Any]]:
    """Whether the operation succeeded, and the stack's outputs if it has any."""
    try:
        answer = operation(**options)
    except CommandError:
        return False, {}
    return True, {name: each.value for name, each in getattr(answer, "outputs", {}).items()}


@contextmanager
def _leftovers_cleared() -> Iterator[None]:
    """Collect the event loops that the Automation API leaves open, where no test is blamed for them.

    Each loop belongs to a worker thread and is dropped when that thread ends, so those are waited for. What a failed
    program still waits for hangs on the runtime's settings, which the next program's context would replace, and on
    the complaint that its engine has gone, which pytest would keep.
    """
    before = set(threading.enumerate())
    complaints = logging.getLogger("grpc._server")
    complaints.disabled = True
    try:
        yield
    finally:
        blames = sys.unraisablehook
        sys.unraisablehook = _ignore
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                Context().run(reset_options)
                deadline = time.monotonic() + LINGER
                while (gc.collect() or set(threading.enumerate()) - before) and time.monotonic() < deadline:
                    time.sleep(0.01)
        finally:
            sys.unraisablehook = blames
            complaints.disabled = False


def _ignore(_: object) -> None:
    """Drop what nobody asks for."""
