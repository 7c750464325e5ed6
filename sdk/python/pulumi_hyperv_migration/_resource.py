"""What the typed resource classes share: names in both spellings, options, and the refusal of a clear password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.runtime.config import get_config, is_config_secret

from hyperv_migration.faces.spelling import camel_case, snake_case
from hyperv_migration.model.configuration import NAMESPACE, OPTIONS, clear_password, clear_password_refusal


class MigrationResource(Resource):
    """A dynamic resource whose Python attributes are snake_case and whose state is camelCase."""

    def __init__(
        self,
        provider: ResourceProvider,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Register the resource.

        Args:
            provider: The frozen provider class.
            resource_name: The resource's name in the stack.
            props: Inputs, and outputs seeded with None so that a program can refer to them.
            opts: Pulumi's resource options.
        """
        refuse_clear_password()
        super().__init__(provider, resource_name, dict(props), opts)

    def translate_output_property(self, prop: str) -> str:
        """Return the attribute of a property in the state."""
        return snake_case(prop)

    def translate_input_property(self, prop: str) -> str:
        """Return the property in the state of an attribute."""
        return camel_case(prop)


def resource_options(opts: pulumi.ResourceOptions | None, name: str) -> pulumi.ResourceOptions:
    """Return the options every resource of a kind carries, overlaid by the program's own.

    The alias lets a stack move here from the plugin face without user code.
    """
    own = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"hyperv-migration:index:{name}")])
    return pulumi.ResourceOptions.merge(own, opts)


def refuse_clear_password() -> None:
    """Stop a program whose stack config holds a password in clear, which would put it into the state in clear.

    Raises:
        pulumi.RunError: names the command that mends it.
    """
    keys = [f"{NAMESPACE}:{option.name}" for option in OPTIONS]
    in_clear = {key: value for key in keys if (value := get_config(key)) is not None and not is_config_secret(key)}
    if path := clear_password({key.partition(":")[2]: value for key, value in in_clear.items()}):
        raise pulumi.RunError(clear_password_refusal(path))
