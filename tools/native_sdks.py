"""Write the SDKs of Node.js, Go and native Python from sdk/schema.json, with the engine's own generators: `make sdk`.

    python tools/native_sdks.py             write sdk/nodejs, sdk/go and sdk/python-native anew
    python tools/native_sdks.py --prepare   build and install only what writes and checks them, as far as it can be

The generator tools/sdkgen is built once with Go into a cache outside the tree, beside the engine; what
type-checks and runs the Node.js SDK is installed there too, from the pins of tools/node. Nothing here is edited by
hand: a test compares what is committed with what this writes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from build_once import built_once, cache_root, digest

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "sdk"
MODULE = ROOT / "tools" / "engine"
GENERATOR = ROOT / "tools" / "sdkgen"
NODE_PINS = ROOT / "tools" / "node"
GO_PROGRAMS = (ROOT / "examples" / "pair-go", ROOT / "examples" / "reference")
LOGO = ROOT / "docs" / "logo.png"
LANGUAGES = ("nodejs", "go", "python-native")


class ToolMissingError(Exception):
    """What an SDK is generated or checked with is not on this machine."""


def generator() -> Path:
    """Return the generator, having built it first if need be."""
    sources = [GENERATOR / "main.go", GENERATOR / "go.mod", GENERATOR / "go.sum"]
    folder = built_once(cache_root() / f"sdkgen-{digest(sources)}", _build_generator)
    return folder / "sdkgen"


def node_modules() -> Path:
    """Return the pinned packages for Node.js, having installed them first if need be."""
    pins = [NODE_PINS / "package.json", NODE_PINS / "package-lock.json"]
    return built_once(cache_root() / f"node-{digest(pins)}", _install_node_modules) / "node_modules"


def tool(name: str) -> str:
    """Return a program of this machine; raises ToolMissingError where it is not there."""
    found = shutil.which(name)
    if found is None:
        raise ToolMissingError(f"no {name} here: SDKs of other languages and what checks them need Go, Node.js and npm")
    return found


def generate(folder: Path) -> None:
    """Write what the generators make of the schema, .NET's too, each language in a folder of its own."""
    subprocess.run([generator(), SDK / "schema.json", LOGO, folder], check=True)


def write(target: Path) -> None:
    """Write every SDK into the folder, in place of what is there."""
    with tempfile.TemporaryDirectory() as made:
        staged = Path(made)
        generate(staged)
        (staged / "python").rename(staged / "python-native")
        _complete_python(staged / "python-native")
        tidy(staged / "go")
        for language in LANGUAGES:
            shutil.copy(ROOT / "LICENSE", staged / language / "LICENSE")
            shutil.rmtree(target / language, ignore_errors=True)
            shutil.copytree(staged / language, target / language)


def tidy(module: Path) -> None:
    """Complete go.mod and go.sum of a module by what its code needs; versions that are named there stay."""
    environment = {name: value for name, value in os.environ.items() if name not in {"GOFLAGS", "GOWORK"}}
    subprocess.run([tool("go"), "mod", "tidy"], cwd=module, env={**environment, "GOWORK": "off"}, check=True)


def _complete_python(package: Path) -> None:
    # pyproject.toml names the README beside itself; the generator leaves it in the import package.
    (readme,) = package.glob("*/README.md")
    readme.rename(package / "README.md")


def _build_generator(folder: Path) -> None:
    go = tool("go")
    sys.stderr.write("sdk: building the generator: once, up to two minutes\n")
    environment = {name: value for name, value in os.environ.items() if name != "GOFLAGS"} | {"CGO_ENABLED": "0"}
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", f"{folder}/", "."]
    subprocess.run(command, cwd=GENERATOR, env=environment, check=True, stdout=sys.stderr)


def _install_node_modules(folder: Path) -> None:
    tool("node")
    for pins in NODE_PINS.glob("package*.json"):
        shutil.copy(pins, folder)
    command = [tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)


def prepare() -> None:
    """Build and install what tests need; what cannot be is said, and its tests are skipped or fail later."""
    for step in (generator, node_modules):
        try:
            step()
        except ToolMissingError as missing:
            sys.stderr.write(f"sdk: {missing}\n")


def main(arguments: list[str]) -> int:
    """Write the SDKs, or prepare for it."""
    parser = argparse.ArgumentParser(description="Writes the SDKs of other languages from sdk/schema.json.")
    parser.add_argument("--prepare", action="store_true", help="only build and install what writes and checks them")
    if parser.parse_args(arguments).prepare:
        prepare()
        return 0
    try:
        write(SDK)
        for program in GO_PROGRAMS:
            tidy(program)
    except ToolMissingError as missing:
        sys.stderr.write(f"sdk: {missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
