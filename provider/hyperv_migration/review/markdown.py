"""A review as Markdown, for the comment of a merge request: GitHub, GitLab and Azure DevOps read it alike.

What was read stands in code spans, where nothing has a meaning, or in fenced blocks that are longer than any fence in
them; there are no tables, because a bar inside a code span would end a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hyperv_migration.review.report import NOTHING, Change, Review, Row, undo_title
from hyperv_migration.review.text import Data, Text

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@&])")


def markdown(review: Review) -> str:
    """Return the whole page."""
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    yield from (
        "# Hyper-V live migration: change review",
        "",
        _text(review.head),
        "",
        f"**{_text(review.summary)}**",
        "",
    )
    if review.errors:
        yield from ("## The preview failed", "", *_block(review.errors), "")
    if review.warnings:
        yield from ("## Warnings of the preview", "", *_block(review.warnings), "")
    if review.risks:
        yield from ("## To decide", "")
        for risk in review.risks:
            where = ", ".join(_code(target) for target in risk.targets)
            yield f"- **{_text((risk.title,))}** ({where}): {_text(risk.text)}"
        yield ""
    for target in review.targets:
        yield from (f"## {_text(target.title)}", "")
        for change in target.changes:
            yield from _change(change)
    if review.foreign:
        yield from (f"Not of this provider: {_changes(review.foreign)}.", "")
    if review.remarks:
        yield from ("## How to read this", "", *(f"- {_text(remark)}" for remark in review.remarks))


def _changes(number: int) -> str:
    return f"{number} change" + ("" if number == 1 else "s")


def _change(change: Change) -> Iterator[str]:
    detail = change.detail
    yield from (f"### {change.place}. {change.action}: {_text(detail.title)}", "")
    yield from (f"Resource: {_text(change.resource)}", "")
    if detail.rows:
        yield from (*(_row(row) for row in detail.rows), "")
    if detail.commands:
        yield from ("In PowerShell:", "", *_block(detail.commands, "powershell"), "")
    yield from _sentences("Note", detail.notes)
    yield from _sentences("Left alone", detail.alone)
    yield from _sentences(undo_title(change), detail.undo)


def _row(row: Row) -> str:
    behind = f" ({_code(Data(row.maps_to))})" if row.maps_to else ""
    new = f"**{_text(row.new)}**" if len(row.new) == 1 and row.new != NOTHING else _text(row.new)
    return f"- {_code(Data(row.name))}: {_text(row.old)} → {new}{behind}"


def _sentences(title: str, texts: Sequence[Text]) -> Iterator[str]:
    if texts:
        yield from (f"{title}: {' '.join(_text(text) for text in texts)}", "")


def _text(parts: Text) -> str:
    return "".join(_code(part) if isinstance(part, Data) else _SPECIAL.sub(r"\\\1", part) for part in parts)


def _code(value: Data) -> str:
    """Return a code span: its fence is longer than any run of backticks in it, which nothing inside can end."""
    fence = _fence(value, shortest=1)
    text = str(value)
    # A span keeps its blanks unless it begins and ends with one; a backtick at the edge needs one.
    padded = f" {text} " if text[:1] in {"`", " ", ""} or text[-1:] in {"`", " "} else text
    return f"{fence}{padded or ' '}{fence}"


def _block(lines: Iterable[str], language: str = "text") -> list[str]:
    rows = list(lines)
    fence = _fence("\n".join(rows), shortest=3)
    return [f"{fence}{language}", *rows, fence]


def _fence(text: str, shortest: int) -> str:
    runs = [len(run) for run in re.findall("`+", text)]
    return "`" * max([shortest, *(run + 1 for run in runs)])
