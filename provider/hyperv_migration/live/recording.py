"""What went to and fro, in order, as the questions were put: above the seal, so without any secret of the sign-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration import __version__
from hyperv_migration.live.anonymiser import Anonymiser
from hyperv_migration.wsman.session import Reply, Wire


@dataclass
class Exchange:
    """One message and its answer; None as answer where none came."""

    question: str
    protocol: str
    request: Any
    status: int | None = None
    answer: Any = None
    failure: str = ""


@dataclass
class Recording:
    """Every exchange, raw, until it is written with its names removed."""

    question: str = "who the host is"
    """What is being asked; each exchange notes it."""
    exchanges: list[Exchange] = field(default_factory=list)

    def begin(self, protocol: str, request: Any) -> Exchange:
        """Note a request before it is sent."""
        exchange = Exchange(self.question, protocol, request)
        self.exchanges.append(exchange)
        return exchange

    def as_json(self, anonymiser: Anonymiser) -> str:
        """Return it as JSON, names removed."""
        rows = [
            {
                "question": each.question,
                "protocol": each.protocol,
                "request": _shown(each.request, anonymiser),
                "status": each.status,
                "answer": _shown(each.answer, anonymiser),
                **({"failure": each.failure} if each.failure else {}),
            }
            for each in self.exchanges
        ]
        return json.dumps({"version": __version__, "exchanges": rows}, indent=1, ensure_ascii=False) + "\n"


class RecordedWire:
    """A Wire that notes each envelope and its answer in clear, as they are above the seal."""

    def __init__(self, wire: Wire, recording: Recording) -> None:
        self._wire = wire
        self._recording = recording

    @property
    def target(self) -> str:
        """The host's name."""
        return self._wire.target

    @property
    def endpoint(self) -> str:
        """The URL of the WinRM listener."""
        return self._wire.endpoint

    def post(self, envelope: bytes, *, repeatable: bool, within: float | None = None) -> Reply:
        """Send and receive."""
        exchange = self._recording.begin("ws-man", envelope)
        try:
            reply = self._wire.post(envelope, repeatable=repeatable, within=within)
        except Exception as error:
            # The text names the host; the kind is enough here.
            exchange.failure = type(error).__name__
            raise
        exchange.status, exchange.answer = reply.status, reply.body
        return reply


def _shown(value: Any, anonymiser: Anonymiser) -> Any:
    """Envelopes are octets; what was asked of the directory is a mapping with texts in it."""
    match value:
        case bytes():
            return anonymiser.message(value)
        case str():
            return anonymiser.text(value)
        case Mapping():
            return {str(name): _shown(item, anonymiser) for name, item in value.items()}
        case list() | tuple():
            return [_shown(item, anonymiser) for item in value]
    return value
