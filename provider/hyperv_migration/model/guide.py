"""What a resource's page says of it beside its properties, rights and teardown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Guide:
    """Texts of docs/resources; names of properties are in camelCase, and other code in backticks."""

    example: Mapping[str, Any] = field(default_factory=dict)
    """Inputs of the example."""
    identity: str = ""
    """What the resource's id is made of."""
    import_id: str = ""
    """What `pulumi import` takes, and what an imported resource does on destroy."""
    replacement: str = ""
    """Which changes make another resource of it, and in which order the two are made and deleted."""
    refusals: tuple[str, ...] = ()
    """Each as a condition: nothing is written while it holds."""
    warnings: tuple[str, ...] = ()
    """Each as a condition under which the engine's log gets a warning."""
    remarks: tuple[tuple[str, str], ...] = ()
    """What a user should know beside the properties: a topic, and sentences on it."""
