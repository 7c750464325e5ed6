"""Names in both spellings: camelCase as Pulumi's schemas and states have them, snake_case as Python does."""

from __future__ import annotations

import re

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """Return a camelCase name as Python spells it; the engine's own names, with two underscores in front, stay."""
    return name if name.startswith("__") else _WORD_START.sub("_", name).lower()


def camel_case(name: str) -> str:
    """Return a snake_case name as a state spells it."""
    if name.startswith("__"):
        return name
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
