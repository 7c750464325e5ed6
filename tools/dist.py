"""Build everything that a release publishes into dist/: `make dist`. docs/releasing.md says what goes where.

    dist/python   wheel and sdist of the project and of the native Python SDK, for PyPI
    dist/npm      the Node.js SDK, for npm

The Go SDK is published by a tag alone. Nothing is built in the tree, and nothing is uploaded from here (tools/publish.py).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import native_sdks

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


def python_packages(target: Path) -> None:
    """Build wheel and sdist of both Python distributions, with the tools of this environment."""
    with tempfile.TemporaryDirectory() as made:
        native = Path(made) / "native"  # setuptools writes beside its sources
        shutil.copytree(native_sdks.SDK / "python-native", native)
        for sources in (ROOT, native):
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", target, sources]
            subprocess.run(command, check=True, stdout=sys.stderr)


def compile_node(target: Path) -> None:
    """Compile the Node.js SDK into a folder that npm publishes as it is."""
    with tempfile.TemporaryDirectory() as made:
        sources = Path(made) / "sources"
        shutil.copytree(native_sdks.SDK / "nodejs", sources)
        (sources / "node_modules").symlink_to(native_sdks.node_modules())
        compiler = sources / "node_modules" / "typescript" / "bin" / "tsc"
        command = [native_sdks.tool("node"), compiler, "--pretty", "false", "--project", sources, "--outDir", target]
        subprocess.run(command, check=True, stdout=sys.stderr)
        for name in ("package.json", "README.md", "LICENSE"):
            shutil.copy(sources / name, target / name)


def node_package(target: Path) -> None:
    """Pack the Node.js SDK."""
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        package = Path(made) / "package"
        compile_node(package)
        command = [native_sdks.tool("npm"), "pack", "--silent", "--pack-destination", target, package]
        subprocess.run(command, check=True, stdout=sys.stderr)


def build(target: Path) -> None:
    """Build everything into the folder, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    python_packages(target / "python")
    node_package(target / "npm")


def main() -> int:
    """Build, and say what is missing if it cannot be."""
    try:
        build(DIST)
    except native_sdks.ToolMissingError as missing:
        sys.stderr.write(f"dist: {missing}\n")
        return 1
    for path in sorted(path for path in DIST.rglob("*") if path.is_file()):
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
