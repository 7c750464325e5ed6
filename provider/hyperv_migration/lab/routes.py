"""What the control interface of a lab can be asked for, as its modules' own tables tell it."""

from __future__ import annotations

import re

_ROW = re.compile(r"^(GET|POST|PATCH|DELETE) {2,}(\S+(?: ?, ?\S+)?|\(empty\)) {2,}(.+)$", re.MULTILINE)


def routes(table: str | None, prefix: str) -> list[str]:
    """Return the rows of a module's table as ``METHOD /path: what``."""
    found = []
    for method, paths, told in _ROW.findall(table or ""):
        for path in paths.split(", "):
            below = "" if path == "(empty)" else f"/{path}"
            found.append(f"{method} {prefix}{below}: {told}")
    return found
