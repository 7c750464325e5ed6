"""What was under way at the same time, from the times that the lab's journals note."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]


def most_at_once(spans: Iterable[Span]) -> int:
    """Count the spans that overlap at the busiest moment; one that begins as another ends does not overlap it."""
    moments = sorted(moment for begin, end in spans for moment in ((begin, 1), (end, -1)))
    running = most = 0
    for _, step in moments:
        running += step
        most = max(most, running)
    return most
