"""Lint .github/workflows with the pinned actionlint, built once with Go into a cache outside the tree: `make workflows`.

With --prepare it is only built, as far as it can be.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from build_once import built_once, cache_root, digest
from native_sdks import ToolMissingError, tool

ROOT = Path(__file__).resolve().parent.parent
MODULE = ROOT / "tools" / "actionlint"
PACKAGE = "github.com/rhysd/actionlint/cmd/actionlint"


def program() -> Path:
    """Return the linter, having built it first if need be."""
    pins = [MODULE / "go.mod", MODULE / "go.sum"]
    return built_once(cache_root() / f"actionlint-{digest(pins)}", _build) / "actionlint"


def lint() -> subprocess.CompletedProcess[str]:
    """Lint every workflow; shell and Python in them are linted where shellcheck and pyflakes are installed."""
    command = [program(), "-no-color"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def _build(folder: Path) -> None:
    go = tool("go")
    sys.stderr.write("workflows: building actionlint: once, up to a minute\n")
    environment = {name: value for name, value in os.environ.items() if name != "GOFLAGS"} | {"CGO_ENABLED": "0"}
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", f"{folder}/", PACKAGE]
    subprocess.run(command, cwd=MODULE, env={**environment, "GOWORK": "off"}, check=True, stdout=sys.stderr)


def main(arguments: list[str]) -> int:
    """Lint, or prepare for it."""
    try:
        if "--prepare" in arguments:
            program()
            return 0
        done = lint()
    except ToolMissingError as missing:
        sys.stderr.write(f"workflows: {missing}\n")
        return 0 if "--prepare" in arguments else 1
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
