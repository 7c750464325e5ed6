"""Where the project lives, from the one place that says so: `[project.urls]` in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

from hyperv_migration.faces.home import Home

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "pyproject.toml"
# Written by hand, with the home in it or names that follow from it.
_BY_HAND = ("pyproject.toml", "examples", "tests/acceptance/sdks", "sdk/README.md", "README.md", ":(glob)docs/*.md")


def home(project: Path = PROJECT) -> Home:
    """Read the project's home."""
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    (maintainer,) = declared.get("maintainers", [{"name": ""}])
    return Home(declared["urls"]["Repository"].rstrip("/"), maintainer["name"])


def archive(place: Home) -> str:
    """Return how `npm pack` begins the name of the archive it makes of the package."""
    return f"{place.npm_package.removeprefix('@').replace('/', '-')}-"


def move(before: Home, after: Home, root: Path = ROOT) -> None:
    """Give whatever is written by hand the new addresses, and the packages' new names."""
    names = {
        before.repository: after.repository,
        before.go_module: after.go_module,
        before.npm_package: after.npm_package,
        archive(before): archive(after),
    }
    listing = [shutil.which("git") or "git", "ls-files", "-z", *_BY_HAND]
    listed = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True)
    for path in (root / name for name in listed.stdout.split("\0") if name):
        text = path.read_bytes()
        moved = text
        for old, new in names.items():
            moved = moved.replace(old.encode(), new.encode())
        if moved != text:
            path.write_bytes(moved)
