"""Markdown as the generated pages of docs/ have it: headings, narrow tables, lists, and lines of a readable length."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

_WIDTH = 140


def paragraph(text: str) -> str:
    """Return text wrapped for an editor; a reader's browser joins the lines."""
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def bullet(text: str) -> str:
    """Return one item of a list."""
    return textwrap.fill(
        text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def bullets(texts: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(bullet(text) for text in texts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar inside a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Return text as code, in one line."""
    return f"`{text}`"


def fence(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text}\n```"


def page(*parts: str) -> str:
    """Return a page of its parts, with one blank line between two of them."""
    return "\n\n".join(part for part in parts if part) + "\n"


def capital(text: str) -> str:
    """Return a clause as a sentence: a capital first, a full stop last; a name in camelCase keeps its spelling."""
    word = text.split(" ", 1)[0].strip("`")
    named = word != word.lower()
    first = text if named else text[:1].upper() + text[1:]
    return first if first.endswith((".", ":")) else f"{first}."
