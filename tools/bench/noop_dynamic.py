"""A dynamic resource that does nothing: what a program costs the engine and the host, whatever its resources are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CreateResult, Resource, ResourceProvider

if TYPE_CHECKING:
    import pulumi


class NothingProvider(ResourceProvider):
    """Takes what it is given and keeps nothing."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Give the inputs back."""
        return CreateResult("nothing", props)


class Nothing(Resource, name="Nothing"):
    """Any inputs."""

    def __init__(self, name: str, *, opts: pulumi.ResourceOptions, **inputs: Any) -> None:
        super().__init__(NothingProvider(), name, inputs, opts)
