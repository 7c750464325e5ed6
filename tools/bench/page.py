"""What was measured, as a table on the terminal, as docs/benchmarks.md and as its plot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from cmdlets import CMDLETS, Conversation
from measure import LATENCY, PARALLEL, Cost

Programs = Mapping[str, Mapping[str, Cost]]
_HEAD = ("program", "operation", "seconds", "nothing", "ratio", "messages/host", "LDAP/host", "connections/host")
_WIDTH, _LEFT, _ROW, _BAR = 760, 120, 56, 18


def rows(programs: Programs) -> list[list[str]]:
    """The table, without its head."""
    return [
        [
            program,
            operation,
            f"{cost.seconds:.1f}",
            "–" if cost.nothing is None else f"{cost.nothing:.1f}",
            "–" if cost.nothing is None else f"{cost.seconds / cost.nothing:.1f}",
            f"{cost.host_messages:.1f}",
            f"{cost.directory_operations:.1f}",
            f"{cost.connections:.1f}",
        ]
        for program, costs in programs.items()
        for operation, cost in costs.items()
    ]


def terminal(programs: Programs) -> str:
    """The table with columns in line."""
    lines = [list(_HEAD), *rows(programs)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 2 else text.rjust(width)  # noqa: PLR2004 - two columns of words
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def compared(programs: Programs, starts: tuple[float, float], cmdlets: Conversation) -> list[str]:
    """The sentences beside the table."""
    one = programs["1 pair"]["up"]
    return [
        (
            f"The plugin prints its port {starts[0]:.2f} s after its start, one whose resources do nothing {starts[1]:.2f} s "
            f"(ratio {starts[0] / starts[1]:.1f})."
        ),
        (
            f"The document's cmdlets, {len(CMDLETS)} for one host, sent one by one through pywinrm's `run_ps` to the same host: "
            f"{cmdlets.messages} messages, {cmdlets.seconds:.1f} s. The provider's `up`, its look at what the host is included: "
            f"{one.host_messages:.0f} messages per host (ratio {cmdlets.messages / one.host_messages:.1f})."
        ),
    ]


def markdown(programs: Programs, starts: tuple[float, float], cmdlets: Conversation) -> str:
    """The page."""
    table = "\n".join(f"| {' | '.join(line)} |" for line in (_HEAD, ["---", "---", *["--:"] * 6], *rows(programs)))
    sentences = "\n".join(f"- {sentence}" for sentence in compared(programs, starts, cmdlets))
    return f"""# What it costs

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}, on a machine with two cores that ran engine, plugin, emulated hosts and directory at once; medians of its runs.
Each host and the directory take {LATENCY * 1000:.0f} ms for an answer; the engine runs with `--parallel {PARALLEL}`. "Nothing" is the same program with resources that do nothing, run
right before. A ratio says more than the seconds of this machine do.

![seconds of up, beside those of a program that does nothing](benchmarks.svg)

{table}

{sentences}

What is counted of the cmdlets is the conversation alone: the emulated shell knows no PowerShell, whose own start comes on top. Each of them opens a shell,
runs, asks for the output, and deletes the shell.

On the dynamic face Pulumi's own host works on four resources at a time, on the plugin face as many as the engine sends.
"""


def plot(programs: Programs) -> str:
    """Bars of `up`: ours over the one that does nothing."""
    ups = {program: costs["up"] for program, costs in programs.items()}
    longest = max(cost.seconds for cost in ups.values())
    scale = (_WIDTH - _LEFT - 140) / longest
    parts = []
    for index, (program, cost) in enumerate(ups.items()):
        top = 40 + index * _ROW
        parts.append(f'<text x="{_LEFT - 10}" y="{top + 22}" text-anchor="end">{program}</text>')
        for offset, seconds, colour in ((0, cost.seconds, "#2b6cb0"), (_BAR + 2, cost.nothing or 0.0, "#a0aec0")):
            width = max(1.0, seconds * scale)
            parts.append(
                f'<rect x="{_LEFT}" y="{top + offset}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
                f'<text x="{_LEFT + width + 6:.1f}" y="{top + offset + 14}">{seconds:.1f} s</text>'
            )
    height = 50 + len(ups) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="13">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<text x="{_LEFT}" y="22" font-weight="bold">pulumi up at {LATENCY * 1000:.0f} ms an answer</text>'
        '<rect x="400" y="11" width="12" height="12" fill="#2b6cb0"/><text x="417" y="22">this provider</text>'
        '<rect x="520" y="11" width="12" height="12" fill="#a0aec0"/><text x="537" y="22">resources that do nothing</text>'
        f"{''.join(parts)}</svg>\n"
    )
