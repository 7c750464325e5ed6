"""Where the project lives, from the one place that says so: `[project.urls]` in pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The address of the repository, which the pages, the packages and the releases are named after."""

    repository: str

    @property
    def public(self) -> bool:
        """Whether it is a real one: a name below .invalid can be nobody's (RFC 2606)."""
        return not (urlsplit(self.repository).hostname or "").endswith(".invalid")

    @property
    def path(self) -> str:
        """The repository without its scheme, as Go's modules and `pulumi package add` name it."""
        return self.repository.partition("://")[2]

    def file(self, path: str, version: str) -> str:
        """Return the address of a file or folder at a version's tag."""
        return f"{self.repository}/blob/v{version}/{path}"


def home(project: Path = ROOT / "pyproject.toml") -> Home:
    """Read the project's home."""
    urls = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["urls"]
    return Home(urls["Repository"].rstrip("/"))
