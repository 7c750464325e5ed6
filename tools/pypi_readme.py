"""The README as PyPI shows it: each link into this repository becomes one to its public home, at the version's tag.

Hatchling runs this for every build (pyproject.toml), so only the standard library is at hand. The home stands in
`[project.urls]` and nowhere else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A link or an image whose address has no scheme. PyPI gives headings no names, so a link to one leads away too.
_INTO_THE_REPOSITORY = re.compile(r"(!?)(\[[^\]]*\]\()(?![a-z][a-z0-9+.-]*:)([^)]+)\)")


def absolute(text: str, repository: str, version: str) -> str:
    """Return Markdown whose links lead somewhere from anywhere."""

    def led(found: re.Match[str]) -> str:
        image, label, path = found.groups()
        path = f"README.md{path}" if path.startswith("#") else path
        return f"{image}{label}{repository}/{'raw' if image else 'blob'}/v{version}/{path})"

    return _INTO_THE_REPOSITORY.sub(led, text)


class PypiReadme(MetadataHookInterface):
    """Fills the field `readme`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the text and its type."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        repository = metadata["urls"]["Repository"]
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute(text, repository, metadata["version"]),
        }
