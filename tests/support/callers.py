"""The engine's calls without the engine: straight to the operations, or over gRPC through either face.

Both faces are served in this process by their real servicers, so that what a process keeps can be dropped between two
calls as a new process would, and thousands of processes can begin and end within one test.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2

from hyperv_migration.faces.plugin.status import code_of
from hyperv_migration.faces.schema import dynamic_token, token
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import MigrationError, PartiallyApplied
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import RESOURCES
from hyperv_migration.operations.run import Run
from hyperv_migration.wiring import WiredTargets
from support.dynamic_host import RefusedError, pack, unpack
from support.said import Said
from support.served import ServedDynamic, ServedPlugin
from support.watched import Watch

State = dict[str, Any]
_MISTAKE = "a mistake in hyperv-migration"


Held = tuple[str, Mapping[str, Any]]
"""What the engine keeps of a resource: its id and its state."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a resource stands, and the seconds that an operation on it may take; 0 where the program says nothing."""

    stack: str = "test"
    project: str = "story"
    name: str = "it"
    timeout: float = 20.0


IT = Place()


@dataclass(frozen=True, kw_only=True)
class Differs:
    """The answer to Diff; the dynamic host passes no names on."""

    changes: bool
    names: tuple[str, ...] | None
    replaces: tuple[str, ...]
    delete_before_replace: bool

    def __bool__(self) -> bool:
        return self.changes


@dataclass
class Refused:
    """How an operation failed."""

    value: MigrationError | None = None


@contextmanager
def refused(*kinds: type[MigrationError], match: str = "") -> Iterator[Refused]:
    """Expect a failure of one of these kinds, whose sentence matches."""
    seen = Refused()
    try:
        yield seen
    except MigrationError as error:
        assert isinstance(error, kinds), f"{type(error).__name__} {error}"
        assert re.search(match, str(error)), str(error)
        seen.value = error
    assert seen.value is not None, f"nothing was refused; {[kind.__name__ for kind in kinds]} was expected"


class Caller(ABC):
    """One way to the operations; what is logged on the way is kept in `said`."""

    name: str
    said: Said

    @abstractmethod
    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Hand over a configuration, as each new process gets it; a new run begins."""

    @abstractmethod
    def check(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[State, list[str]]:
        """Inputs as the engine has them after Check, and what is wrong with them."""

    @abstractmethod
    def diff(
        self, kind: str, id_: str, state: Mapping[str, Any], inputs: Mapping[str, Any], place: Place = IT
    ) -> Differs:
        """What separates a state from a program."""

    @abstractmethod
    def create(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[str, State]:
        """Create."""

    @abstractmethod
    def update(self, kind: str, held: Held, inputs: Mapping[str, Any], place: Place = IT) -> State:
        """Update what the engine holds to the inputs."""

    @abstractmethod
    def read(self, kind: str, held: Held, place: Place = IT) -> State | None:
        """Read again; by the id alone where the state is empty."""

    @abstractmethod
    def delete(self, kind: str, held: Held, place: Place = IT) -> None:
        """Delete."""


class Straight(Caller):
    """To the operations themselves, past both faces."""

    name = "straight"

    def __init__(self, said: Said | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.said = said or Said()
        self._configuration: Mapping[str, Any] = {}
        self._environment = environment or {}
        self._run = Run()

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Keep it for the next calls, which are of another run."""
        self._run.close()
        self._configuration, self._run = configuration, Run()

    def call(self, kind: str, place: Place = IT) -> Call:
        """One call of the engine."""
        run = self._run
        targets = WiredTargets(read_configuration(self._configuration), environment=self._environment, run=run)
        urn = urn_of(dynamic_token(kind), place)
        return Call(targets=targets, run=run, log=self.said, urn=urn, timeout=place.timeout)

    def check(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[State, list[str]]:
        """Check."""
        checked, failures = RESOURCES[kind].check_in(self._run, urn_of(dynamic_token(kind), place), inputs)
        return checked, [failure.reason for failure in failures]

    def diff(
        self, kind: str, id_: str, state: Mapping[str, Any], inputs: Mapping[str, Any], place: Place = IT
    ) -> Differs:
        """Compare."""
        del id_
        found = RESOURCES[kind].diff_in(self._run, urn_of(dynamic_token(kind), place), state, inputs)
        return Differs(
            changes=bool(found),
            names=found.changed,
            replaces=found.replaced,
            delete_before_replace=False,
        )

    def create(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[str, State]:
        """Create."""
        return RESOURCES[kind].create(inputs, self.call(kind, place))

    def update(self, kind: str, held: Held, inputs: Mapping[str, Any], place: Place = IT) -> State:
        """Update."""
        return RESOURCES[kind].update(*held, inputs, self.call(kind, place))

    def read(self, kind: str, held: Held, place: Place = IT) -> State | None:
        """Read."""
        return RESOURCES[kind].read(*held, self.call(kind, place))

    def delete(self, kind: str, held: Held, place: Place = IT) -> None:
        """Delete."""
        RESOURCES[kind].delete(*held, self.call(kind, place))


class ThroughFace(Caller):
    """Over the wire to one of the faces."""

    def __init__(self, served: ServedDynamic | ServedPlugin, watch: Watch) -> None:
        self._served, self._watch = served, watch
        self.name = served.name
        self._token = token if served.name == "plugin" else dynamic_token

    @property
    def said(self) -> Said:
        """What the engine's log heard."""
        return self._served.said

    @said.setter
    def said(self, said: Said) -> None:
        self._served.said = said

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Send Configure."""
        self._served.configure(configuration)

    def check(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[State, list[str]]:
        """Send Check of a new resource."""
        request = provider_pb2.CheckRequest(
            urn=self._urn(kind, place), olds=self._packed(kind, {}), news=self._packed(kind, inputs)
        )
        answer = self._call("Check", request)
        return unpack(answer.inputs), [failure.reason for failure in answer.failures]

    def diff(
        self, kind: str, id_: str, state: Mapping[str, Any], inputs: Mapping[str, Any], place: Place = IT
    ) -> Differs:
        """Send Diff."""
        request = provider_pb2.DiffRequest(
            id=id_, urn=self._urn(kind, place), olds=self._packed(kind, state), news=self._packed(kind, inputs)
        )
        answer = self._call("Diff", request)
        assert answer.changes != provider_pb2.DiffResponse.DIFF_UNKNOWN
        return Differs(
            changes=answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
            names=tuple(answer.diffs) if answer.hasDetailedDiff else None,
            replaces=tuple(answer.replaces),
            delete_before_replace=answer.deleteBeforeReplace,
        )

    def create(self, kind: str, inputs: Mapping[str, Any], place: Place = IT) -> tuple[str, State]:
        """Send Create."""
        request = provider_pb2.CreateRequest(
            urn=self._urn(kind, place), properties=self._packed(kind, inputs), timeout=place.timeout
        )
        answer = self._call("Create", request)
        return answer.id, unpack(answer.properties)

    def update(self, kind: str, held: Held, inputs: Mapping[str, Any], place: Place = IT) -> State:
        """Send Update."""
        request = provider_pb2.UpdateRequest(
            id=held[0], urn=self._urn(kind, place), olds=self._packed(kind, held[1]), news=self._packed(kind, inputs),
            timeout=place.timeout,
        )  # fmt: skip
        return unpack(self._call("Update", request).properties)

    def read(self, kind: str, held: Held, place: Place = IT) -> State | None:
        """Send Read; an answer without an id says that it is gone."""
        request = provider_pb2.ReadRequest(
            id=held[0], urn=self._urn(kind, place), properties=self._packed(kind, held[1])
        )
        answer = self._call("Read", request)
        return unpack(answer.properties) if answer.id else None

    def delete(self, kind: str, held: Held, place: Place = IT) -> None:
        """Send Delete."""
        request = provider_pb2.DeleteRequest(
            id=held[0], urn=self._urn(kind, place), properties=self._packed(kind, held[1]), timeout=place.timeout
        )
        self._call("Delete", request)

    def _urn(self, kind: str, place: Place = IT) -> str:
        return urn_of(self._token(kind), place)

    def _packed(self, kind: str, properties: Mapping[str, Any]) -> Any:
        return pack({**self._served.provider_of(kind), **properties})

    def _call(self, method: str, request: Any) -> Any:
        self._watch.error = None
        try:
            return getattr(self._served.stub, method)(request, timeout=120, wait_for_ready=True)
        except grpc.RpcError as refused:
            self._refuse(RefusedError(refused), refused.code())

    def _refuse(self, refused: RefusedError, code: grpc.StatusCode) -> NoReturn:
        """Hold what came over the wire against what the operation raised, and raise that."""
        assert _MISTAKE not in refused.message, refused.message
        assert refused.detailed or self.name == "plugin", f"the user would read a traceback: {refused.message}"
        raised = self._watch.error
        assert raised is not None, f"refused before any operation: {refused.message}"
        assert refused.message == str(raised), f"the user would read: {refused.message}"
        assert (refused.partial is not None) == isinstance(raised, PartiallyApplied), "the state to keep was lost"
        assert self.name != "plugin" or code == code_of(type(raised)), f"{code} for {type(raised).__name__}"
        if refused.partial is not None:
            raise PartiallyApplied(refused.message, id=refused.partial.id, state=refused.partial.properties)
        raise raised


def urn_of(type_: str, place: Place = IT) -> str:
    """A resource's URN as the engine writes it."""
    return f"urn:pulumi:{place.stack}::{place.project}::{type_}::{place.name}"


def next_caller(callers: Sequence[Caller], number: int, run: int) -> Caller:
    """Who carries out a run of a history: each twice in turn, so that a state meets its own face and the other one."""
    return callers[(number + run // 2) % len(callers)]
