"""The rules of the house, read from the source text: which room may import what, and how long things may get.

Imports count wherever they stand: at the top, inside a function, under TYPE_CHECKING, or by `import_module`
with a name written out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORE = "hyperv_migration"
SDK = "pulumi_hyperv_migration"

# Each room and the rooms it may import: model <- operations <- {wsman <- hyperv, directory} <- wiring <- faces
# <- {sdk, cli}. The lab stands apart, so that what it emulates is not tested by itself.
BELOW: dict[str, frozenset[str]] = {}
for _room, _direct in {
    "model": (),
    "operations": ("model",),
    "wsman": ("operations",),
    "hyperv": ("wsman",),
    "directory": ("operations",),
    "wiring": ("hyperv", "directory"),
    "readiness": ("wiring",),
    "review": ("model",),
    "faces": ("readiness",),
    "live": ("wiring",),
    "sdk": ("faces",),
    "lab": (),
    "cli": ("faces", "review", "lab", "live"),
}.items():
    BELOW[_room] = frozenset(_direct).union(*(BELOW[each] for each in _direct))

# Packages of others and the only places that may import them.
BOUND = {
    "pulumi": ("faces", "sdk"),
    "winrm": ("wsman",),
    "requests": ("wsman",),
    "ldap3": ("directory", "lab/directory"),
}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


@dataclass(frozen=True)
class Place:
    """Where a source file stands: its dotted module name and the room it belongs to."""

    path: Path
    module: str
    room: str
    folder: str


def import_violations(root: Path) -> list[str]:
    """Every import in the provider and the SDK below `root` that its room may not make."""
    return [
        f"{place.path.relative_to(root)} ({place.room}) may not import {name}"
        for place in _places(root)
        for name in sorted(set(_imported(place)))
        if not _allowed(place, name)
    ]


def length_violations(root: Path, folders: tuple[str, ...]) -> list[str]:
    """Every file and function below the folders of `root` that is longer than the house allows."""
    found = []
    for path in sorted(each for folder in folders for each in (root / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > LONGEST_FILE:
            found.append(f"{path.relative_to(root)} has {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(f"{path.relative_to(root)}: {node.name} has {length} lines")
    return found


def _places(root: Path) -> Iterator[Place]:
    for base, package in ((root / "provider", CORE), (root / "sdk" / "python", SDK)):
        for path in sorted((base / package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            room = "sdk" if package == SDK else [*module.split("."), ""][1]
            yield Place(path, module, room, "/".join(module.split(".")[1:3]))


def _allowed(place: Place, name: str) -> bool:
    package, _, rest = name.partition(".")
    if package == CORE:
        room = rest.partition(".")[0]
        return room in {"", place.room} or room in BELOW.get(place.room, frozenset())
    if package == SDK:
        return place.room == "sdk"
    return place.room in BOUND.get(package, (place.room,)) or place.folder in BOUND[package]


def _imported(place: Place) -> Iterator[str]:
    package = place.module if place.path.stem == "__init__" else place.module.rpartition(".")[0]
    for node in ast.walk(ast.parse(place.path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (_named(each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (origin, node.module) if part)
            # `from hyperv_migration import wiring` imports a room; `from … import __version__` does not.
            yield from (_named(f"{source}.{each.name}" if source == CORE else source) for each in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


def _named(name: str) -> str:
    return CORE if name.startswith(f"{CORE}.__") else name
