"""Pulumi's provider protocol on our operations (pulumi-protocol.md §3).

The protocol runs on an event loop and the blocking operations on threads beside it, so a Cancel is answered at once
however many operations run.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from hyperv_migration import __version__
from hyperv_migration.faces.cancellation import GIVEN_UP, LAST_ANSWERS, given_up
from hyperv_migration.faces.engine_log import EngineLog
from hyperv_migration.faces.plugin.configured import Configured, own_keys, problem_in
from hyperv_migration.faces.plugin.differences import diff_response
from hyperv_migration.faces.plugin.invoke import invoke
from hyperv_migration.faces.plugin.secrecy import secret_names, told_safely
from hyperv_migration.faces.plugin.status import answered, keeping
from hyperv_migration.faces.plugin.wire import Properties, decode, encode, in_clear
from hyperv_migration.faces.schema import MODULE, build_schema
from hyperv_migration.model.difference import previewed, refreshed_inputs
from hyperv_migration.model.errors import Conflict, InvalidInput, NotFound
from hyperv_migration.model.unknown import has_unknown
from hyperv_migration.operations import ignoring
from hyperv_migration.operations.ignoring import Held
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import RESOURCES, Resource

_WORKERS = 128
"""Operations at once; the engine's own --parallel is what limits them."""
T = TypeVar("T")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance."""

    def __init__(self, engine_address: str = "", *, attachable: bool = False) -> None:
        """Serve one engine, which is known from the beginning; or, attachable, run after run of whichever attaches."""
        self._engine = engine_address
        self._attachable = attachable
        self._configured = Configured()
        self._configured_for = ""
        """The engine that gave the configuration."""
        self._cancelled = threading.Event()
        self._given_up = asyncio.Event()
        self._timers: list[asyncio.TimerHandle] = []
        self._workers = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="operation")

    # What the engine asks before and after everything else

    async def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Say what we understand; equal to what Configure answers."""
        if self._attachable:
            self._engine = request.engine_address or self._engine
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    @answered
    async def Attach(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Take the engine's address where a running process is attached to (PULUMI_DEBUG_PROVIDERS)."""
        if not self._attachable:
            raise Conflict("This plugin was started by an engine and belongs to its run; nobody else can attach to it.")
        self._engine = request.address
        return Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Tell the version."""
        return plugin_pb2.PluginInfo(version=__version__)

    async def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Give the schema."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(build_schema()))

    async def GetMapping(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Nothing to convert from."""
        return provider_pb2.GetMappingResponse()

    async def GetMappings(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Nothing to convert from."""
        return provider_pb2.GetMappingsResponse()

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Let every wait end; also called at the end of each successful operation."""
        self.cancel()
        return Empty()

    def cancel(self) -> None:
        """Let every wait end; the operations answer with what is true then."""
        self._cancelled.set()
        loop = asyncio.get_running_loop()
        self._timers += [
            loop.call_later(LAST_ANSWERS, self._configured.run.let_go),
            loop.call_later(GIVEN_UP, self._given_up.set),
        ]

    def _begin_anew(self) -> None:
        """Forget a cancel: attached to, one process serves run after run."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._cancelled.clear()
        self._given_up.clear()

    # Configuration

    @answered
    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Validate the configuration; what comes back is stored in the state, so nothing is added to it."""
        problem = problem_in(decode(request.news).values)
        # No property name: the engine would print the value with it, secret or not (pulumi-protocol.md §6).
        failures = [provider_pb2.CheckFailure(property="", reason=problem)] if problem else []
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @answered
    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Another configuration manages the same resources: never a reason to replace them."""
        same = own_keys(decode(request.olds).values) == own_keys(decode(request.news).values)
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    @answered
    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Take the configuration; nothing is connected yet, and what is wrong with it is told by the first Check."""
        if self._configured.given and not self._attachable:
            raise Conflict("This plugin has its configuration, and an engine gives one once; it was not changed.")
        values = decode(request.args).values
        same_run = bool(self._engine) and self._engine == self._configured_for and not self._cancelled.is_set()
        if same_run and self._configured.differs(values):
            raise Conflict(
                "A plugin that is attached to (PULUMI_DEBUG_PROVIDERS) serves one configuration, and this program gives it a "
                "second one; it was not taken. Run the program without PULUMI_DEBUG_PROVIDERS, or with one provider."
            )
        self._configured_for = self._engine
        self._configured.set(values, in_clear=in_clear(request.args))
        self._begin_anew()
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    # Resources

    @answered
    async def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Validate inputs and add defaults, offline; unknown ones pass through."""
        news, olds, resource = decode(request.news), decode(request.olds), _resource(request)
        run, refusal_of = self._configured.run, self._configured.refusal_of
        checked, failures = await self._run(
            lambda: resource.check_in(run, request.urn, news.values, olds.values, refusal_of=refusal_of)
        )
        reported = [
            provider_pb2.CheckFailure(property=told.property_name, reason=told.reason)
            for told in (told_safely(failure, news) for failure in failures)
        ]
        if self._configured.problem is not None:
            reported.append(provider_pb2.CheckFailure(property="", reason=self._configured.problem))
        return provider_pb2.CheckResponse(inputs=encode(checked, news.secrets), failures=reported)

    @answered
    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Compare the state with the inputs, property by property, offline."""
        state, news = decode(request.olds), decode(request.news)
        resource = _resource(request)
        run, ignored = self._configured.run, list(request.ignoreChanges)
        difference = await self._run(lambda: resource.diff_in(run, request.urn, state.values, news.values, ignored))
        return diff_response(difference, state.values, news.values)

    @answered
    async def Create(self, request: Any, context: Any) -> Any:
        """Create, or say in a preview what is certain of it."""
        inputs, resource = decode(request.properties), _resource(request)
        if request.preview:
            certain = previewed(resource.declaration, {}, inputs.values)
            return provider_pb2.CreateResponse(properties=_wrapped(certain, inputs))
        _require_known(inputs)
        with keeping(context, inputs):
            id_, state = await self._run(lambda: resource.create(inputs.values, self._call(request)), request.urn)
        return provider_pb2.CreateResponse(id=id_, properties=_wrapped(state, inputs))

    @answered
    async def Update(self, request: Any, context: Any) -> Any:
        """Update, or say in a preview what is certain of it."""
        state, inputs, resource = decode(request.olds), decode(request.news), _resource(request)
        if request.preview:
            certain = previewed(resource.declaration, state.values, inputs.values)
            return provider_pb2.UpdateResponse(properties=_wrapped(certain, inputs))
        _require_known(inputs)
        with keeping(context, inputs):
            updated = await self._run(
                lambda: ignoring.update(
                    resource,
                    Held(id=request.id, state=state.values),
                    inputs.values,
                    request.ignoreChanges,
                    self._call(request),
                ),
                request.urn,
            )
        return provider_pb2.UpdateResponse(properties=_wrapped(updated, inputs))

    @answered
    async def Read(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Read for a refresh, or by the id alone for an import; gone is an empty answer."""
        state, inputs, resource = decode(request.properties), decode(request.inputs), _resource(request)
        read = await self._run(lambda: resource.read(request.id, state.values, self._call(request)), request.urn)
        if read is None:
            return provider_pb2.ReadResponse()
        refreshed = refreshed_inputs(resource.declaration, inputs.values, read)
        given = refreshed if state.values.get("managed") else resource.read_inputs(read)
        known = Properties(values=inputs.values, secrets=inputs.secrets)
        return provider_pb2.ReadResponse(
            id=resource.id_of(read),
            properties=encode(read, state.secrets | secret_names(known, read)),
            inputs=encode(given, inputs.secrets),
        )

    @answered
    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Delete; repeatable, and done where the thing is gone."""
        state, resource = decode(request.properties), _resource(request)
        await self._run(lambda: resource.delete(request.id, state.values, self._call(request)), request.urn)
        return Empty()

    @answered
    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Run a function, which reads and never writes."""
        return await self._run(lambda: invoke(request, self._configured))

    @answered
    async def Construct(self, request: Any, context: Any) -> Any:
        """Create a component's children; they come back as requests of their own."""
        from hyperv_migration.faces.plugin.construct import construct  # noqa: PLC0415 - heavy, for components only

        return await construct(request, context, self._engine)

    def _call(self, request: Any) -> Call:
        log = EngineLog(self._engine, request.urn)
        return Call(
            targets=self._configured.targets(log.warning),
            run=self._configured.run,
            log=log,
            urn=request.urn,
            timeout=getattr(request, "timeout", 0.0),
            cancelled=self._cancelled.is_set,
        )

    async def _run(self, operation: Callable[[], T], urn: str = "") -> T:
        """Run what takes its time on a thread beside the event loop, which must be free for a Cancel.

        `urn` is of the resource whose target it may be writing to.
        """
        run = self._configured.run
        work = asyncio.get_running_loop().run_in_executor(self._workers, operation)
        waited = asyncio.ensure_future(self._given_up.wait())
        either: set[asyncio.Future[Any]] = {work, waited}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waited.cancel()
        if work.done():
            return work.result()
        work.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise given_up(run, urn)


def _resource(request: Any) -> Resource:
    kind = request.type or request.urn.split("::")[2].rpartition("$")[2]
    resource = RESOURCES.get(kind.removeprefix(f"{MODULE}:"))
    if resource is None:
        raise NotFound(f"There is no resource {kind}; it has {', '.join(RESOURCES)}.")
    return resource


def _require_known(inputs: Properties) -> None:
    """Only a preview may hold unknown values; elsewhere one would be written to a target as a text."""
    if unknown := [name for name, value in inputs.values.items() if has_unknown(value)]:
        raise InvalidInput(f"{', '.join(unknown)} is not known although this is no preview; nothing was sent.")


def _wrapped(state: Any, inputs: Properties) -> Any:
    """Encode a state; an output that tells a secret input is as secret as that."""
    return encode(state, secret_names(inputs, state))
