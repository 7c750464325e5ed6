"""The answers as a table for the terminal and as Markdown for an issue."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from hyperv_migration import __version__
from hyperv_migration.live.doubts import Finding, Verdict

_WIDTH = 72


def table(findings: Sequence[Finding]) -> Iterator[str]:
    """Give the lines of a table: doubt, verdict and what was seen."""
    names = max(len(each.doubt.id) for each in findings)
    verdicts = max(len(each.verdict) for each in findings)
    for each in findings:
        first, *more = textwrap.wrap(each.seen, _WIDTH)
        yield f"{each.doubt.id:<{names}}  {each.verdict:<{verdicts}}  {first}"
        yield from (f"{'':<{names}}  {'':<{verdicts}}  {line}" for line in more)
    yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """Count the verdicts."""
    return ", ".join(f"{sum(each.verdict is verdict for each in findings)} {verdict}" for verdict in Verdict)


def markdown(about: Sequence[str], findings: Sequence[Finding]) -> str:
    """Return the report, without a name in it."""
    lines = [
        "# What a real host said",
        "",
        f"Version {__version__} of pulumi-hyperv-migration. Names are replaced: the same name by the same placeholder.",
        "",
        *(f"- {line}" for line in about),
        "",
        f"{summary(findings)}.",
        "",
        "| Doubt | Question | Assumed | Verdict | Seen | What the provider does either way |",
        "|---|---|---|---|---|---|",
    ]
    for each in findings:
        doubt = each.doubt
        cells = (doubt.id, doubt.question, doubt.assumed, f"**{each.verdict}**", each.seen, doubt.either_way)
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
