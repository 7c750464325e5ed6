"""The provider's configuration as this process was given it: typed values, or their JSON text (pulumi-protocol.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hyperv_migration.model.configuration import (
    NAMESPACE,
    Configuration,
    clear_password,
    clear_password_refusal,
    read_configuration,
)
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.unknown import has_unknown
from hyperv_migration.operations.run import Run
from hyperv_migration.wiring import WiredTargets

_ENGINES_OWN = frozenset({"version", "pluginDownloadURL", "pulumi"})


def own_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return our own keys: without the engine's, and in a stack that moved here without those of other namespaces."""
    ours: dict[str, Any] = {}
    for name, value in values.items():
        namespace, colon, key = name.partition(":")
        if colon and namespace == NAMESPACE:
            ours[key] = value
        elif not colon and name not in _ENGINES_OWN and not name.startswith("__"):
            ours[name] = value
    return ours


def problem_in(values: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a configuration; unknown values are left to the real run."""
    try:
        read_configuration({name: value for name, value in own_keys(values).items() if not has_unknown(value)})
    except InvalidInput as error:
        return str(error)
    return None


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in own_keys(values).items() if not has_unknown(value)}


class Configured:
    """What Configure was given, and the run that it began; connections are made at first use, never here."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = Configuration()
        self._values: dict[str, Any] = {}
        self._incomplete = False
        self.run = Run()
        self.given = False
        """Whether Configure has been called."""
        self.problem: str | None = None
        """What is wrong with it, for the next Check to tell; a destroy calls none, and a refusal must not block it."""

    def set(self, values: Mapping[str, Any], *, in_clear: Mapping[str, Any]) -> None:
        """Take a configuration, and what of it is no secret. Never raises; see `problem`."""
        known = _known(values)
        self._incomplete = known.keys() != own_keys(values).keys()
        self.run.close()
        self._configuration, self.problem, self.run = None, None, Run()
        self._values, self.given = known, True
        try:
            self._configuration = read_configuration(known)
        except InvalidInput as error:
            self.problem = str(error)
        if path := clear_password(own_keys(in_clear)):
            self.problem = clear_password_refusal(path)

    def differs(self, values: Mapping[str, Any]) -> bool:
        """Tell whether a configuration is another one than what this process was given."""
        return self.given and _known(values) != self._values

    def refusal_of(self, profile: Any) -> str | None:
        """Say what the configuration has against a profile that a program names; None where that cannot be known yet."""
        if self._configuration is None or self._incomplete:
            return None
        return self._configuration.refusal_of(profile)

    def targets(self, warn: Callable[[str], None] = lambda _: None) -> WiredTargets:
        """Return the ports it opens; credentials from the environment are looked up at each use."""
        if self._configuration is None:
            raise InvalidInput(self.problem or "")
        return WiredTargets(self._configuration, run=self.run, warn=warn)
