"""Where the project lives, and the names that follow from it.

`home.json` beside this is written from `[project]` of pyproject.toml by `make sdk`; a test holds it current.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlsplit

_NAME = "pulumi-hyperv-migration"
# RFC 2606: nobody can ever have a name below these.
_NOBODYS = (".invalid", ".example", ".test", ".localhost")
_GITHUB = "github.com"


@dataclass(frozen=True)
class Home:
    """The address of the repository, and what pages, packages and releases are called because of it."""

    repository: str
    publisher: str = ""

    @property
    def public(self) -> bool:
        """Whether it is a real one: without, nothing can be downloaded from there, by us or by a stranger."""
        return not self._host.endswith(_NOBODYS)

    @property
    def path(self) -> str:
        """The repository without its scheme, as Go's modules and `pulumi package add` name it."""
        return self.repository.partition("://")[2]

    def file(self, path: str, version: str) -> str:
        """Return the address of a file or folder at a version's tag."""
        return f"{self.repository}/blob/v{version}/{path}"

    @property
    def go_module(self) -> str:
        """The Go module; its name says where Go fetches it, in the form that Pulumi's generator derives too."""
        return f"{self.path}/sdk/go"

    @property
    def npm_package(self) -> str:
        """The package for Node.js, in a scope: a name without one goes to whoever comes first."""
        return f"@{self._owner}/{_NAME}"

    @property
    def java_package(self) -> str:
        """The base package for Java and Maven's group id, by the rule of Maven Central: a name of DNS, reversed."""
        host = f"{self._owner}.github.io" if self._host == _GITHUB else self._host
        return ".".join(part.replace("-", "") for part in reversed(host.split(".")))

    @property
    def plugin_download_url(self) -> str:
        """Where an engine that lacks the plugin asks for its archive; ${VERSION} is the engine's to fill in."""
        if self._host == _GITHUB:
            return f"github://api.github.com/{'/'.join(self._path)}"
        return f"{self.repository}/releases/download/v${{VERSION}}"

    def logo_url(self, version: str) -> str | None:
        """Return where the logo is; none without a home, as the .NET generator fetches it and fails without."""
        return f"{self.repository}/raw/v{version}/docs/logo.png" if self.public else None

    @property
    def _host(self) -> str:
        return urlsplit(self.repository).hostname or ""

    @property
    def _path(self) -> list[str]:
        return [part for part in urlsplit(self.repository).path.split("/") if part]

    @property
    def _owner(self) -> str:
        """Whose the repository is: the account at a forge, or the host itself where it is no forge."""
        return self._path[0].lower() if len(self._path) > 1 else self._host


def home() -> Home:
    """Return the home as pyproject.toml has it."""
    return Home(**json.loads((files(__package__) / "home.json").read_text(encoding="utf-8")))
