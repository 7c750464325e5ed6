"""Publish what `make dist` has built to one place: `make publish TO=pypi`, npm, go or github (docs/releasing.md).

Refused before anything leaves the machine: while the project has no public home, for a commit that is not tagged with
the version, and for a version without a dated section in CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from home import Home, home
from hyperv_migration import __version__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
TAG = f"v{__version__}"


class NotReadyError(Exception):
    """Something stands in the way of a release."""


def refusals(place: Home, changelog: str, tags: list[str]) -> list[str]:
    """Return what stands in the way of publishing this commit, each as a sentence."""
    said = []
    if not place.public:
        said.append(
            f"the project has no public home yet: pyproject.toml names {place.repository}, which can be nobody's"
        )
    if TAG not in tags:
        said.append(f"this commit is not tagged {TAG}, the version that the sources say")
    if not re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        said.append(f"CHANGELOG.md has no section [{__version__}] with a date")
    return said


def notes(changelog: str) -> str:
    """Return what CHANGELOG.md says of this version."""
    _, _, rest = changelog.partition(f"\n## [{__version__}]")
    return rest.partition("\n")[2].partition("\n## [")[0].strip() + "\n"


def _run(*command: str | Path, text: str | None = None) -> None:
    if shutil.which(command[0]) is None:
        raise NotReadyError(f"no {command[0]} here, which publishes this")
    subprocess.run(command, cwd=ROOT, input=text, text=True, check=True)


def _built(pattern: str) -> list[Path]:
    found = sorted(DIST.glob(pattern))
    if not found:
        raise NotReadyError(f"nothing is in dist/{pattern}: run `make dist` first")
    return found


def _pypi() -> None:
    _run(Path(sys.executable).parent / "twine", "upload", "--non-interactive", "--skip-existing", *_built("python/*"))


def _npm() -> None:
    (package,) = _built("npm/*.tgz")
    _run("npm", "publish", "--access", "public", "--provenance", package)


def _go() -> None:
    # A module below the root is tagged with its folder; the proxy serves it from then on.
    _run("git", "tag", f"sdk/go/{TAG}")
    _run("git", "push", "origin", f"sdk/go/{TAG}")


def _github() -> None:
    files = [*_built("plugin/*"), *_built("python/*")]
    text = notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    _run("gh", "release", "create", TAG, "--verify-tag", "--title", TAG, "--notes-file", "-", *files, text=text)


PLACES: dict[str, Callable[[], None]] = {"pypi": _pypi, "npm": _npm, "go": _go, "github": _github}


def main(arguments: list[str]) -> int:
    """Publish, or say what stands in the way."""
    parser = argparse.ArgumentParser(description="Publishes what `make dist` has built.")
    parser.add_argument("to", choices=PLACES)
    to = parser.parse_args(arguments).to
    asking = [shutil.which("git") or "git", "tag", "--points-at", "HEAD"]
    tags = subprocess.run(asking, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    if said := refusals(home(), (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), tags):
        sys.stderr.write("".join(f"publish: {line}\n" for line in said) + "publish: nothing was published\n")
        return 1
    try:
        PLACES[to]()
    except (NotReadyError, subprocess.CalledProcessError) as failed:
        sys.stderr.write(f"publish: {failed}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
