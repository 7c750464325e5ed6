"""Build everything that a release publishes into dist/: `make dist`. docs/releasing.md says what goes where.

    dist/python   wheel and sdist of the project and of the native Python SDK, for PyPI
    dist/npm      the Node.js SDK, for npm
    dist/plugin   archives for `pulumi plugin install`, one for each platform that the engine asks for

The Go SDK is published by a tag alone. Nothing is built in the tree, and nothing is uploaded from here (tools/publish.py).
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import native_sdks
from hyperv_migration import __version__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


PLUGIN = "hyperv-migration"
# As the engine names them when it downloads; what is inside is Python and the same for all.
PLATFORMS = tuple(f"{system}-{machine}" for system in ("darwin", "linux", "windows") for machine in ("amd64", "arm64"))


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


def plugin_archives(target: Path, wheel: Path) -> None:
    """Write what `pulumi plugin install` downloads: the start of the plugin, and the wheel it installs for itself."""
    target.mkdir(parents=True)
    files = {name: (ROOT / name).read_bytes() for name in ("PulumiPlugin.yaml", "__main__.py", "LICENSE", "README.md")}
    files["requirements.txt"] = f"./{wheel.name}\n".encode()
    files[wheel.name] = wheel.read_bytes()
    archive = _archive(files.items())
    for platform in PLATFORMS:
        (target / f"pulumi-resource-{PLUGIN}-v{__version__}-{platform}.tar.gz").write_bytes(archive)


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a tar.gz that is the same for the same files, whoever makes it and when."""
    written = BytesIO()
    with (
        gzip.GzipFile(fileobj=written, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, BytesIO(content))
    return written.getvalue()


def build(target: Path) -> None:
    """Build everything into the folder, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    python_packages(target / "python")
    node_package(target / "npm")
    (wheel,) = (target / "python").glob(f"pulumi_hyperv_migration-{__version__}-*.whl")
    plugin_archives(target / "plugin", wheel)


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
