"""A value that a preview cannot know yet, such as the id of a resource still to be created."""

from __future__ import annotations

from typing import Any, Final


class Unknown:
    """The type of UNKNOWN; each face translates its engine's own marks to it."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def has_unknown(value: Any) -> bool:
    """Tell whether the value is unknown, or holds one at any depth."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return False
