"""The dynamic face: what the three frozen provider classes call, by the resource's name.

No exception but one sentence leaves these functions: a traceback is no explanation, and a BaseException that escapes a
provider method hangs the engine (pulumi-protocol.md §21).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.output import Unknown as PulumiUnknown

from hyperv_migration.faces.cancellation import given_up
from hyperv_migration.faces.dynamic_call import (
    PROVIDER_KEY,
    HostCall,
    engine_address,
    find_host_call,
    stack_configuration,
)
from hyperv_migration.faces.dynamic_cancel import Cancellation
from hyperv_migration.faces.engine_log import EngineLog
from hyperv_migration.faces.mistake import mistake
from hyperv_migration.model.configuration import NAMESPACE, OPTIONS, Configuration, read_configuration
from hyperv_migration.model.errors import InvalidInput, MigrationError, PartiallyApplied
from hyperv_migration.model.unknown import UNKNOWN, Unknown
from hyperv_migration.operations import ignoring
from hyperv_migration.operations.ignoring import Held
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import RESOURCES
from hyperv_migration.operations.run import Run
from hyperv_migration.wiring import WiredTargets

Props = Mapping[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """What the user reads; the last line of the host's traceback where the status cannot be attached."""


class Process:
    """The configuration of this process, and its run.

    Pulumi's host configures each provider class once in its process's life, so three times with the same, and tells of no
    run. The engine starts a host for each run and ends it afterwards: here, and only here, the process is the run.
    """

    def __init__(self) -> None:
        self.run = Run()
        self.cancellation = Cancellation(self.run.let_go)
        self._lock = threading.Lock()
        self._configuration = Configuration()
        self._problem: str | None = None

    def set(self, given: Mapping[str, Any]) -> None:
        """Take a configuration. Never raises; see `problem`."""
        with self._lock:
            try:
                self._configuration, self._problem = read_configuration(given), None
            except InvalidInput as error:
                self._problem = str(error)

    @property
    def problem(self) -> str | None:
        """What is wrong with it, for the next check to tell."""
        return self._problem

    def refusal_of(self, profile: Any) -> str | None:
        """Say what the configuration has against a profile that a program names."""
        return None if self._problem is not None else self._configuration.refusal_of(profile)

    def targets(self, warn: Callable[[str], None]) -> WiredTargets:
        """Return the ports it opens."""
        if self._problem is not None:
            raise InvalidInput(self._problem)
        return WiredTargets(self._configuration, run=self.run, warn=warn)


process = Process()
"""The one owner; a test that begins another process puts a new one here."""


def configure(request: ConfigureRequest) -> None:
    """Take the stack's configuration. Never raises: a problem is kept and told at the first check."""
    process.cancellation.hear()
    process.set(stack_configuration(request.config, NAMESPACE, [option.name for option in OPTIONS]))


def check(kind: str, news: Props) -> CheckResult:
    """Validate inputs; unknown ones pass through as the host gave them."""
    found = find_host_call()

    def run() -> CheckResult:
        checked, failures = RESOURCES[kind].check_in(
            process.run, found.urn, _inward(news), found.old_inputs, refusal_of=process.refusal_of
        )
        reported = [CheckFailure(failure.property_name, failure.reason) for failure in failures]
        if process.problem is not None:
            reported.append(CheckFailure("", process.problem))
        return CheckResult({name: _outward(value) for name, value in checked.items()}, reported)

    return _guarded(found, run)


def diff(kind: str, olds: Props, news: Props) -> DiffResult:
    """Compare the state with the program; a state that has just moved here from the plugin face is taken over."""
    found = find_host_call()

    def run() -> DiffResult:
        difference = RESOURCES[kind].diff_in(process.run, found.urn, _plain(olds), _inward(news), found.ignored)
        taken_over = PROVIDER_KEY not in olds
        return DiffResult(
            changes=bool(difference) or taken_over,
            replaces=list(difference.replaced),
            stables=[],
            # What cannot be reached under its new name must not cost the old target anything.
            delete_before_replace=False,
        )

    return _guarded(found, run)


def create(kind: str, props: Props) -> CreateResult:
    """Create; what was written before a failure is kept in the state."""
    found = find_host_call()

    def run() -> CreateResult:
        id_, state = RESOURCES[kind].create(_plain(props), _call(found))
        return CreateResult(id_, state)

    return _guarded(found, run, inputs=_plain(props))


def read(kind: str, id_: str, props: Props) -> ReadResult:
    """Read; an empty id says that it is positively gone."""
    found = find_host_call()

    def run() -> ReadResult:
        resource = RESOURCES[kind]
        state = resource.read(id_, _plain(props), _call(found))
        if state is None:
            return ReadResult("", {})
        # The inputs make the next preview show drift as a difference (pulumi-protocol.md §21).
        return ReadResult(id_, state, resource.read_inputs(state))

    return _guarded(found, run)


def update(kind: str, id_: str, olds: Props, news: Props) -> UpdateResult:
    """Update; what was written before a failure is kept in the state."""
    found = find_host_call()

    def run() -> UpdateResult:
        held = Held(id=id_, state=_plain(olds))
        return UpdateResult(ignoring.update(RESOURCES[kind], held, _plain(news), found.ignored, _call(found)))

    return _guarded(found, run, inputs=_plain(news))


def delete(kind: str, id_: str, props: Props) -> None:
    """Delete; repeatable."""
    found = find_host_call()
    _guarded(found, lambda: RESOURCES[kind].delete(id_, _plain(props), _call(found)))


def _call(found: HostCall) -> Call:
    log = EngineLog(engine_address(), found.urn)
    return Call(
        targets=process.targets(log.warning),
        run=process.run,
        log=log,
        urn=found.urn,
        timeout=found.timeout,
        cancelled=process.cancellation.is_set,
    )


def _guarded(found: HostCall, run: Callable[[], T], inputs: Props | None = None) -> T:
    """Run, and turn every failure into one sentence; the exception that is raised carries no cause and no secret."""
    try:
        return process.cancellation.until_then(run, lambda: given_up(process.run, found.urn))
    except PartiallyApplied as error:
        found.attach_partial(str(error), error.id, error.state, inputs or {})
        sentence = str(error)
    except MigrationError as error:
        found.attach_error(str(error))
        sentence = str(error)
    except BaseException as error:  # noqa: BLE001 - see the module's docstring
        sentence = mistake(error)
        found.attach_error(sentence)
    raise Refused(sentence)


def _plain(props: Props) -> dict[str, Any]:
    """Drop what is the host's own, keys that begin with two underscores, and nulls; whole numbers become integers."""
    kept = {name: value for name, value in props.items() if not name.startswith("__") and value is not None}
    return {name: _with_integers(value) for name, value in kept.items()}


def _with_integers(value: Any) -> Any:
    """Numbers travel as doubles (pulumi-protocol.md §4); none of ours has a fraction, and check refuses those."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _with_integers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_integers(item) for item in value]
    return value


def _inward(props: Props) -> dict[str, Any]:
    return {name: _translated(value) for name, value in _plain(props).items()}


def _translated(value: Any) -> Any:
    if isinstance(value, PulumiUnknown):
        return UNKNOWN
    if isinstance(value, dict):
        return {name: _translated(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_translated(item) for item in value]
    return value


def _outward(value: Any) -> Any:
    if isinstance(value, Unknown):
        return PulumiUnknown()  # type: ignore[no-untyped-call]  # pulumi's own
    if isinstance(value, dict):
        return {name: _outward(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_outward(item) for item in value]
    return value
