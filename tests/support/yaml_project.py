"""A YAML program run by the real engine from the command line, with our plugin: what every other language does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.project import Project


class YamlProject(Project):
    """One project folder with one stack; the program may be written anew between commands."""

    def __init__(self, folder: Path, configuration: Mapping[str, Any], password: str) -> None:
        """Make the folder and its stack, configured for a lab."""
        super().__init__(folder, password)
        self.program({})
        self.new_stack({f"hyperv-migration:{name}": value for name, value in configuration.items()})

    def program(self, resources: Mapping[str, Any], outputs: Mapping[str, str] | None = None) -> None:
        """Write the program."""
        whole = {"name": "story", "runtime": "yaml", "resources": dict(resources), "outputs": dict(outputs or {})}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(whole))
