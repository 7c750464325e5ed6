"""What compiles the generated SDKs and the programs written with them, outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dist
import native_sdks
from hyperv_migration.faces.home import home

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
GO_PROGRAMS = (*native_sdks.GO_PROGRAMS, ROOT / "tests" / "acceptance" / "sdks" / "programs" / "go")
HOST = Path(__file__).resolve().parent / "language_host.py"


class Compiled:
    """A folder that holds packages for Node.js and a workspace for Go, and programs below it that find them."""

    def __init__(self, folder: Path) -> None:
        """Make the folder's parts when they are asked for."""
        self.folder = folder

    def node_sdk(self) -> Path:
        """Compile the Node.js SDK as it is published, with package.json beside the code; returns the node_modules it is in."""
        modules = self.folder / "node_modules"
        if not modules.is_dir():
            modules.mkdir()
            installed = native_sdks.node_modules()
            for package in ("@pulumi", "@types", "typescript"):
                (modules / package).symlink_to(installed / package)
            dist.compile_node(modules / home().npm_package)
        return modules

    def tsc(self, project: Path, *arguments: str) -> str:
        """Run the TypeScript compiler on a project; returns what it says, nothing if all is well."""
        compiler = native_sdks.node_modules() / "typescript" / "bin" / "tsc"
        command = [native_sdks.tool("node"), compiler, "--pretty", "false", "--project", project, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300).stdout

    def python_sdk(self) -> Path:
        """Build and install the native Python SDK beside nothing else; returns what to put on the search path."""
        installed = self.folder / "site-packages"
        if not installed.is_dir():
            # Building writes beside the sources.
            sources = self.folder / "python-sources"
            shutil.copytree(SDK / "python-native", sources)
            alone = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
            command = [sys.executable, "-m", "pip", "install", *alone, "--target", installed, sources]
            subprocess.run(command, check=True, timeout=300)
        return installed

    def go(self, folder: Path, *arguments: str) -> str:
        """Run Go on a module below the engine's own versions, so that what the engine was built from is not built again.

        That each module names its own versions rightly is asked by `go mod tidy -diff`.
        """
        done = subprocess.run(
            [native_sdks.tool("go"), *arguments], cwd=folder, env=self._go_environment(),
            capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    def _go_environment(self) -> dict[str, str]:
        workspace = self.folder / "go.work"
        if not workspace.exists():
            modules = (native_sdks.MODULE, SDK / "go", *GO_PROGRAMS)
            (version,) = (
                line for line in (native_sdks.MODULE / "go.mod").read_text().splitlines() if line.startswith("go ")
            )
            workspace.write_text("\n".join([version, "use (", *(f"\t{module}" for module in modules), ")\n"]))
        # As tools/engine.py and tools/native_sdks.py build, for the same reason.
        return {**os.environ, "GOWORK": str(workspace), "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}


def language_host(language: str, folder: Path) -> None:
    """Put the tests' host of a language where the engine finds it, once the folder is on PATH."""
    folder.mkdir(exist_ok=True)
    script = folder / f"pulumi-language-{language}"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HOST}" {language} "$@"\n')
    script.chmod(0o755)
