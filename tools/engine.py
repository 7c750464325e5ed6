"""Says where the Pulumi engine is, building the pinned one once if none is installed.

    python3 tools/engine.py             print the folder of the engine's programs, building them if need be
    python3 tools/engine.py --no-build  the same, but exit with 3 where they would have to be built

An installed `pulumi` is taken if the host of dynamic providers stands beside it or on PATH. Otherwise the
versions pinned in tools/engine/go.mod are built with Go into a cache outside the tree: about four minutes
on two cores, once. With ENGINE=newest in the environment it is those of tools/engine/newest/go.mod, whatever is
installed. This script needs Python's standard library only, as it runs before any environment exists.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build_once import built_once, cache_root

MODULES = {
    "": Path(__file__).resolve().parent / "engine",
    "newest": Path(__file__).resolve().parent / "engine" / "newest",
}
CLI = "github.com/pulumi/pulumi/pkg/v3"
YAML_HOST = "github.com/pulumi/pulumi-yaml"
DYNAMIC_HOST = "pulumi-resource-pulumi-python"

# What the official installation brings in a script of the same name: the host of dynamic providers, run by the
# interpreter of the program's own virtual environment (pulumi-protocol.md §16).
DYNAMIC_HOST_SCRIPT = """\
#!/bin/sh
python="${PULUMI_RUNTIME_VIRTUALENV:+${PULUMI_RUNTIME_VIRTUALENV%/}/bin/python}"
exec "${python:-${PULUMI_PYTHON_CMD:-python3}}" -u -m pulumi.dynamic "$@"
"""

MUST_BE_BUILT = 3


class EngineMissingError(Exception):
    """Neither the engine nor what builds it is on this machine."""


def wanted() -> str:
    """Which engine the environment asks for: `newest`, or nothing for the pinned one."""
    name = os.environ.get("ENGINE", "")
    if name not in MODULES:
        raise EngineMissingError(
            f"ENGINE is {name!r}; it can be `newest`, or unset for an installed or the pinned engine"
        )
    return name


def module_folder() -> Path:
    """The Go module that pins what the environment asks for."""
    return MODULES[wanted()]


def pinned(module: str) -> str:
    """The version of a module that the go.mod pins, without its leading v."""
    file = module_folder() / "go.mod"
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", file.read_text(), re.MULTILINE)
    if found is None:
        raise EngineMissingError(f"{file} pins no version of {module}")
    return found[1]


def least_go() -> str:
    """The oldest Go that builds the pinned engine."""
    found = re.search(r"^go (\S+)", (module_folder() / "go.mod").read_text(), re.MULTILINE)
    return found[1] if found else "1.25"


def installed() -> Path | None:
    """The folder of an installed engine that can host dynamic providers, if there is one and none is named."""
    cli = shutil.which("pulumi")
    if cli is None or wanted():
        return None
    folder = Path(cli).parent
    return folder if (folder / DYNAMIC_HOST).exists() or shutil.which(DYNAMIC_HOST) else None


def cache_folder() -> Path:
    """Where the built engine of the pinned versions belongs."""
    return cache_root() / f"engine-{pinned(CLI)}-yaml-{pinned(YAML_HOST)}"


def build(folder: Path) -> None:
    """Build the pinned CLI and YAML host into the folder's `bin` and write the script beside them."""
    go = shutil.which("go")
    if go is None:
        raise EngineMissingError(
            f"no Pulumi engine here: install pulumi 3.216 or newer, or Go {least_go()} or newer to have "
            f"the pinned one built, and run this again"
        )
    target = folder / "bin"
    target.mkdir()
    say(f"building pulumi {pinned(CLI)} with {go}: once, about four minutes on two cores")
    # Without a version in it the CLI prints none, and the Automation API refuses it (pulumi-protocol.md §1).
    version = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={pinned(CLI)}"
    environment = {name: value for name, value in os.environ.items() if name != "GOFLAGS"} | {"CGO_ENABLED": "0"}
    subprocess.run(
        [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {version}", "-o", f"{target}/",
         f"{CLI}/cmd/pulumi", f"{YAML_HOST}/cmd/pulumi-language-yaml"],
        cwd=module_folder(), env=environment, check=True, stdout=sys.stderr,
    )  # fmt: skip
    script = target / DYNAMIC_HOST
    script.write_text(DYNAMIC_HOST_SCRIPT)
    script.chmod(0o755)


def say(line: str) -> None:
    """Tell the person at the terminal; standard output carries the answer alone."""
    sys.stderr.write(f"engine: {line}\n")


def main(arguments: list[str]) -> int:
    """Print the folder that holds the engine's programs."""
    parser = argparse.ArgumentParser(description="Says where the Pulumi engine is, building it once if need be.")
    parser.add_argument("--no-build", action="store_true", help="exit with 3 where it would have to be built")
    parsed = parser.parse_args(arguments)
    try:
        folder = installed() or cache_folder() / "bin"
        if not folder.is_dir():
            if parsed.no_build:
                say("not here; `make engine` builds it")
                return MUST_BE_BUILT
            built_once(folder.parent, build)
    except EngineMissingError as missing:
        say(str(missing))
        return 1
    except subprocess.CalledProcessError as failed:
        say(f"the build failed with exit status {failed.returncode}; Go's own words are above")
        return 1
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
