"""Sentences that keep apart what we say and what was read: only the second kind can be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hyperv_migration.model.unknown import Unknown

_EVERY_OTHER = 2


class Data(str):
    """Text that was read; every renderer shows it as code and lets nothing in it have a meaning."""

    __slots__ = ()


Text = tuple[str, ...]
"""A sentence: our own words as `str`, what was read as `Data`."""


class Secret(Unknown):
    """A value that the engine withholds."""

    def __repr__(self) -> str:
        return "SECRET"


SECRET = Secret()

WITHHELD: Text = ("What was found or added is not in the preview, so what goes back is not told here.",)
"""Where a program makes a secret of the outputs that the undo rests on."""


def data(value: Any) -> Data:
    """Return a value as people read it, on one line, with everything invisible made visible."""
    return Data("".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in _plain(value)))


def _plain(value: Any) -> str:
    match value:
        case Secret():
            return "(secret, not shown)"
        case Unknown():
            return "(known after apply)"
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple():
            return ", ".join(_plain(item) for item in value) or "(none)"
    return str(value)


def words(text: str) -> Text:
    """Return a sentence of the declarations, in which code stands in backticks."""
    parts = text.split("`")
    return tuple(Data(part) if index % _EVERY_OTHER else part for index, part in enumerate(parts) if part)


def listed(values: Iterable[Any]) -> Text:
    """Return values with commas between them."""
    parts: list[str] = []
    for value in values:
        parts += [*([", "] if parts else []), data(value)]
    return tuple(parts)


def quoted(value: Any) -> str:
    """Return a value as PowerShell takes it literally: bare where nothing in it has a meaning, else in single quotes."""
    text = data(value)
    if isinstance(value, bool):
        return f"${text}"
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", text):
        return str(text)
    # PowerShell ends a single-quoted string at typographic quotes too.
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"
