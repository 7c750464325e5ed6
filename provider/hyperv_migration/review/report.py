"""What a review says, before it is Markdown or HTML."""

from __future__ import annotations

from dataclasses import dataclass, field

from hyperv_migration.review.text import Data, Text

NOTHING: Text = ("–",)
"""Stands where there is no value."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One property: what it is, from what, to what."""

    name: str
    old: Text
    new: Text
    meaning: Text = ()
    maps_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What happens to one thing on one target."""

    title: Text
    rows: tuple[Row, ...] = ()
    commands: tuple[str, ...] = ()
    """The equivalent cmdlets, each on a line."""
    alone: tuple[Text, ...] = ()
    """What is not touched."""
    undo: tuple[Text, ...] = ()
    """What destroy will do, or does where this is one."""
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """A detail, and its number on the page."""

    place: int
    action: str
    resource: Text
    detail: Detail


@dataclass(frozen=True, kw_only=True)
class Target:
    """A host or a directory account, and what happens there."""

    title: Text
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """Something to decide on, and the targets for which."""

    title: str
    text: Text
    targets: tuple[Data, ...]


@dataclass(frozen=True, kw_only=True)
class Review:
    """The whole."""

    head: Text
    """Of which project and stack, and when."""
    summary: Text
    errors: tuple[Data, ...] = ()
    warnings: tuple[Data, ...] = ()
    risks: tuple[Risk, ...] = ()
    targets: tuple[Target, ...] = ()
    foreign: int = 0
    remarks: tuple[Text, ...] = field(default=())


def undo_title(change: Change) -> str:
    """Return how the part on destroy is headed: what it will do, or the rule by which this one is done."""
    return "How it is put back" if change.action.startswith("Delete") else "On destroy"
