"""What the engine keeps of a resource, and when its run ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.histories.pictures import Account

Where = tuple[str, int]
Gone = Account("", frozenset(), 0)


class RunEnded(Exception):
    """The engine's run ends here: an operation failed, or the provider was killed."""


@dataclass(frozen=True)
class Kept:
    """What the engine keeps of one resource."""

    id: str
    state: dict[str, Any]
    inputs: dict[str, Any]

    @property
    def on_destroy(self) -> str:
        """What a destroy shall remove."""
        return str(self.state["onDestroy"])
