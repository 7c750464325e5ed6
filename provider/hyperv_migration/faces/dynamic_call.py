"""The one file that knows the frame of the dynamic provider's host (pulumi.dynamic.__main__; pulumi-protocol.md §21).

The host catches every exception and sends a whole traceback as the error. Its handler holds the gRPC context and the
request in locals named `context` and `request`. From there the URN and the timeout are read, and a status is attached
that the engine shows instead of the traceback, with the partial state where there is one. Where that frame is not found
(another SDK version, a test), everything still works, only less well: no URN, and a traceback around the sentence.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

PROVIDER_KEY = "__provider"
_STATUS_UNKNOWN = 2


@dataclass(frozen=True)
class HostCall:
    """One call of the dynamic host, as found on the stack; empty where it was not found."""

    request: Any = None
    context: Any = None

    @property
    def urn(self) -> str:
        """The resource's URN; empty if not known."""
        return str(getattr(self.request, "urn", "") or "")

    @property
    def timeout(self) -> float:
        """Seconds of the resource's customTimeouts; 0 if not set."""
        return float(getattr(self.request, "timeout", 0.0) or 0.0)

    @property
    def ignored(self) -> tuple[str, ...]:
        """What the program ignores changes of; the engine has put the old inputs in their place."""
        return tuple(getattr(self.request, "ignoreChanges", None) or ())

    @property
    def old_inputs(self) -> dict[str, Any]:
        """The inputs before, in a Check."""
        from google.protobuf import json_format  # noqa: PLC0415 - heavy, and pulumi has it loaded by now

        olds = getattr(self.request, "olds", None)
        return {} if olds is None else json_format.MessageToDict(olds)

    def attach_error(self, sentence: str) -> None:
        """Make the engine show this sentence for the exception that is about to be raised."""
        self._attach(sentence, None)

    def attach_partial(self, sentence: str, id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:  # noqa: A002
        """Make the engine keep the state, show the sentence, and call Update in the next `up`."""
        self._attach(sentence, (id, state, inputs))

    def _attach(self, sentence: str, partial: tuple[str, Mapping[str, Any], Mapping[str, Any]] | None) -> None:
        if self.context is None:
            return
        from pulumi.runtime.proto import provider_pb2, status_pb2  # noqa: PLC0415 - heavy, only on failure

        status = status_pb2.Status(code=_STATUS_UNKNOWN, message=sentence)
        if partial is not None:
            id_, state, inputs = partial
            provider = self._provider()
            detail = provider_pb2.ErrorResourceInitFailed(
                id=id_,
                properties=_struct({**state, **provider}),
                inputs=_struct({**inputs, **provider}),
                reasons=[sentence],
            )
            status.details.add().Pack(detail)
        self.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))

    def _provider(self) -> dict[str, str]:
        """The serialised provider of the request, which must stay in the state."""
        for field in ("properties", "news", "olds"):
            struct = getattr(self.request, field, None)
            if struct is not None and PROVIDER_KEY in getattr(struct, "fields", {}):
                value = struct.fields[PROVIDER_KEY]
                if value.HasField("string_value"):
                    return {PROVIDER_KEY: value.string_value}
        return {}


def find_host_call() -> HostCall:
    """Find the dynamic host's handler among the callers."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to see the callers
    while frame is not None:
        context, request = frame.f_locals.get("context"), frame.f_locals.get("request")
        if request is not None and hasattr(context, "set_trailing_metadata"):
            return HostCall(request=request, context=context)
        frame = frame.f_back
    return HostCall()


def stack_configuration(config: Any, namespace: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the stack's configuration of one namespace, without the namespace.

    pulumi.dynamic.Config offers `get` by name only; unknown keys, which are errors here, show in the bag behind it. Where
    that bag is not found, the known names are asked for.
    """
    prefix = f"{namespace}:"
    bag = getattr(config, "_props", None)
    if isinstance(bag, Mapping):
        return {name.removeprefix(prefix): value for name, value in bag.items() if name.startswith(prefix)}
    return {name: value for name in names if (value := config.get(prefix + name)) is not None}


def engine_address() -> str:
    """Return where the engine listens: the host's last argument; empty where that is no address."""
    address = sys.argv[-1] if len(sys.argv) > 1 else ""
    host, _, port = address.rpartition(":")
    return address if host and port.isdigit() else ""


def _struct(values: Mapping[str, Any]) -> Any:
    """Marshal plain values as the host does."""
    from pulumi.runtime import rpc  # noqa: PLC0415 - heavy, only on failure

    return asyncio.run(rpc.serialize_properties(dict(values), {}))
