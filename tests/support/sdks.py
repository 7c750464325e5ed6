"""What compiles the generated SDKs and the programs written with them, outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import native_sdks

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
HOST = Path(__file__).resolve().parent / "language_host.py"


class Compiled:
    """A folder that holds packages for Node.js and a workspace for Go, and programs below it that find them."""

    def __init__(self, folder: Path) -> None:
        """Make the folder's parts when they are asked for."""
        self.folder = folder

    def node_sdk(self) -> str:
        """Compile the Node.js SDK as it is published: bin with package.json in it. Returns what the compiler says."""
        installed = native_sdks.node_modules()
        modules = self.folder / "node_modules"
        modules.mkdir()
        for package in ("@pulumi", "@types", "typescript"):
            (modules / package).symlink_to(installed / package)
        # The sources stand below the packages, from where the compiler finds @pulumi/pulumi.
        sources = self.folder / "sources"
        shutil.copytree(SDK / "nodejs", sources)
        package = modules / "pulumi-hyperv-migration"
        said = self.tsc(sources, "--outDir", str(package))
        shutil.copy(sources / "package.json", package)
        return said

    def tsc(self, folder: Path, *arguments: str) -> str:
        """Run the TypeScript compiler on a folder's project; returns what it says, nothing if all is well."""
        compiler = native_sdks.node_modules() / "typescript" / "bin" / "tsc"
        command = [native_sdks.tool("node"), compiler, "--project", folder, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300).stdout

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
            modules = (native_sdks.MODULE, SDK / "go", native_sdks.GO_PROGRAM)
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
