"""Pulumi's provider protocol on our operations (pulumi-protocol.md §3).

The protocol runs on an event loop and the blocking operations on threads beside it, so a Cancel is answered at once
however many operations run.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from hyperv_migration import __version__
from hyperv_migration.faces.engine_log import EngineLog
from hyperv_migration.faces.mistake import mistake
from hyperv_migration.faces.plugin.configured import Configured, problem_in
from hyperv_migration.faces.plugin.differences import diff_response
from hyperv_migration.faces.plugin.status import code_of, partial_details
from hyperv_migration.faces.plugin.wire import Properties, decode, encode
from hyperv_migration.faces.schema import MODULE, build_schema
from hyperv_migration.model.difference import previewed
from hyperv_migration.model.errors import InvalidInput, MigrationError, PartiallyApplied
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import RESOURCES, Resource

_WORKERS = 128
"""Operations at once; the engine's own --parallel is what limits them."""
T = TypeVar("T")
_NO_SECRETS: frozenset[str] = frozenset()


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance."""

    def __init__(self, engine_address: str = "") -> None:
        self._engine = engine_address
        self._configured = Configured()
        self._cancelled = threading.Event()
        self._workers = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="operation")

    # What the engine asks before and after everything else

    async def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Say what we understand; equal to what Configure answers."""
        self._engine = request.engine_address or self._engine
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    async def Attach(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Take the engine's address where a running process is attached to (PULUMI_DEBUG_PROVIDERS)."""
        self._engine = request.address
        return Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Tell the version."""
        return plugin_pb2.PluginInfo(version=__version__)

    async def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Give the schema."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(build_schema(__version__)))

    async def GetMapping(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Nothing to convert from."""
        return provider_pb2.GetMappingResponse()

    async def GetMappings(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Nothing to convert from."""
        return provider_pb2.GetMappingsResponse()

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Let every wait end; also called at the end of each successful operation."""
        self._cancelled.set()
        return Empty()

    # Configuration

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        """Validate the configuration; what comes back is stored in the state, so nothing is added to it."""
        news = await self._decoded(request.news, context)
        problem = problem_in(news.values)
        # No property name: the engine would print the value with it, secret or not (pulumi-protocol.md §6).
        failures = [provider_pb2.CheckFailure(property="", reason=problem)] if problem else []
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another configuration manages the same resources: never a reason to replace them."""
        olds, news = await self._decoded(request.olds, context), await self._decoded(request.news, context)
        same = olds.values == news.values
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    async def Configure(self, request: Any, context: Any) -> Any:
        """Take the configuration; nothing is connected yet."""
        args = await self._decoded(request.args, context)
        self._cancelled.clear()
        await self._answered(context, lambda: self._configured.set(args.values))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    # Resources

    async def Check(self, request: Any, context: Any) -> Any:
        """Validate inputs and add defaults, offline; unknown ones pass through."""
        news, resource = await self._decoded(request.news, context), await self._resource(request, context)
        checked, failures = await self._answered(context, lambda: resource.check(news.values))
        return provider_pb2.CheckResponse(
            inputs=encode(checked, news.secrets),
            failures=[_failure(failure.property_name, failure.reason, news.secrets) for failure in failures],
        )

    async def Diff(self, request: Any, context: Any) -> Any:
        """Compare the state with the inputs, property by property, offline."""
        state, news = await self._decoded(request.olds, context), await self._decoded(request.news, context)
        resource = await self._resource(request, context)
        return await self._answered(
            context, lambda: diff_response(resource, state.values, news.values, list(request.ignoreChanges))
        )

    async def Create(self, request: Any, context: Any) -> Any:
        """Create, or say in a preview what is certain of it."""
        inputs, resource = await self._decoded(request.properties, context), await self._resource(request, context)
        if request.preview:
            certain = previewed(resource.declaration, {}, inputs.values)
            return provider_pb2.CreateResponse(properties=encode(certain, inputs.secrets))
        id_, state = await self._answered(
            context, lambda: resource.create(inputs.values, self._call(request)), inputs=inputs
        )
        return provider_pb2.CreateResponse(id=id_, properties=encode(state, inputs.secrets))

    async def Update(self, request: Any, context: Any) -> Any:
        """Update, or say in a preview what is certain of it."""
        state, inputs = await self._decoded(request.olds, context), await self._decoded(request.news, context)
        resource = await self._resource(request, context)
        if request.preview:
            certain = previewed(resource.declaration, state.values, inputs.values)
            return provider_pb2.UpdateResponse(properties=encode(certain, inputs.secrets))
        updated = await self._answered(
            context,
            lambda: resource.update(request.id, state.values, inputs.values, self._call(request)),
            inputs=inputs,
        )
        return provider_pb2.UpdateResponse(properties=encode(updated, inputs.secrets))

    async def Read(self, request: Any, context: Any) -> Any:
        """Read for a refresh, or by the id alone for an import; gone is an empty answer."""
        state, inputs = await self._decoded(request.properties, context), await self._decoded(request.inputs, context)
        resource = await self._resource(request, context)
        read = await self._answered(context, lambda: resource.read(request.id, state.values, self._call(request)))
        if read is None:
            return provider_pb2.ReadResponse()
        secrets = state.secrets | inputs.secrets
        # In a refresh the inputs stay as given: Diff compares with the state, so the preview tells the drift (§7).
        given = inputs.values if state.values.get("managed") else resource.read_inputs(read)
        return provider_pb2.ReadResponse(
            id=resource.id_of(read), properties=encode(read, secrets), inputs=encode(given, secrets)
        )

    async def Delete(self, request: Any, context: Any) -> Any:
        """Delete; repeatable, and done where the thing is gone."""
        state, resource = await self._decoded(request.properties, context), await self._resource(request, context)
        await self._answered(context, lambda: resource.delete(request.id, state.values, self._call(request)))
        return Empty()

    async def Construct(self, request: Any, context: Any) -> Any:
        """Create a component's children; they come back as requests of their own."""
        from hyperv_migration.faces.plugin.construct import construct  # noqa: PLC0415 - heavy, for components only

        try:
            return await construct(request, context, self._engine)
        except MigrationError as error:
            return await context.abort(code_of(error), str(error))

    def _call(self, request: Any) -> Call:
        return Call(
            targets=self._configured.targets(),
            log=EngineLog(self._engine, request.urn),
            urn=request.urn,
            timeout=getattr(request, "timeout", 0.0),
            cancelled=self._cancelled.is_set,
        )

    async def _decoded(self, struct: Any, context: Any) -> Properties:
        try:
            return decode(struct)
        except InvalidInput as error:
            return await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))  # type: ignore[no-any-return]

    async def _resource(self, request: Any, context: Any) -> Resource:
        kind = request.type or request.urn.split("::")[2].rpartition("$")[2]
        resource = RESOURCES.get(kind.removeprefix(f"{MODULE}:"))
        if resource is None:
            return await context.abort(  # type: ignore[no-any-return]
                grpc.StatusCode.NOT_FOUND, f"There is no resource {kind}; it has {', '.join(RESOURCES)}."
            )
        return resource

    async def _answered(self, context: Any, run: Callable[[], T], *, inputs: Properties | None = None) -> T:
        """Run on a thread; every failure becomes one sentence, and what was written before it is kept."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, run)
        except PartiallyApplied as error:
            given: Mapping[str, Any] = inputs.values if inputs else {}
            secrets: Collection[str] = inputs.secrets if inputs else _NO_SECRETS
            context.set_trailing_metadata(partial_details(error, given, secrets))
            await _abort(context, code_of(error), str(error))
        except MigrationError as error:
            await _abort(context, code_of(error), str(error))
        except Exception as error:  # noqa: BLE001 - no exception of any kind escapes a provider method
            await _abort(context, grpc.StatusCode.INTERNAL, mistake(error))


async def _abort(context: Any, code: grpc.StatusCode, sentence: str) -> NoReturn:
    await context.abort(code, sentence)
    raise AssertionError("abort always raises")  # pragma: no cover


def _failure(name: str, reason: str, secrets: Collection[str]) -> Any:
    """A failure about a secret names no property: the engine would print the value with it (pulumi-protocol.md §6)."""
    top = name.partition("[")[0].partition(".")[0]
    return provider_pb2.CheckFailure(property="" if top in secrets else name, reason=reason)
