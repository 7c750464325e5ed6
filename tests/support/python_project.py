"""A Python program run by the real engine from the command line: the dynamic face as a pipeline runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.project import Project
from support.sdks import language_host


class PythonProject(Project):
    """One project folder with one stack; the program may be written anew between commands."""

    def __init__(self, folder: Path, configuration: Mapping[str, Any], password: str) -> None:
        """Make the folder, its language host and its stack, configured for a lab."""
        super().__init__(folder, password)
        language_host("python", folder / "hosts")
        path = os.pathsep.join([str(folder / "hosts"), self.environment["PATH"]])
        ours = {"PATH": path, "PULUMI_PYTHON_CMD": sys.executable, "PULUMI_RUNTIME_VIRTUALENV": sys.prefix}
        self.environment |= ours
        (self.folder / "Pulumi.yaml").write_text("name: story\nruntime: python\n")
        self.new_stack({f"hyperv-migration:{name}": value for name, value in configuration.items()})

    def program(self, text: str) -> None:
        """Write the program; the resource classes are imported already."""
        (self.folder / "__main__.py").write_text(f"from pulumi_hyperv_migration import *\n\n{text}")
