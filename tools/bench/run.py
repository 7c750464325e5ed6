"""`make bench`: time programs against the same ones that do nothing, count messages, and write page and plot.

    run.py [--times N] [--quick]

The figures are of the machine it runs on; let nothing else run meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools"), str(Path(__file__).resolve().parent)]

import dynamic  # noqa: E402 - the folders above make them importable
import measure  # noqa: E402
import page  # noqa: E402
import programs  # noqa: E402

_SMALL = 20
"""Hosts up to which a program is run several times; larger ones take minutes."""


def shapes(*, quick: bool) -> dict[str, tuple[int, programs.Resources, programs.Resources]]:
    """The programs by name: how many hosts, ours, and the same that does nothing."""
    sizes = (1, 10) if quick else (1, 10, 50)
    found = {
        f"{count} pair{'s' if count > 1 else ''}": (
            2 * count,
            programs.pairs(count),
            programs.nothing_like(programs.pairs(count)),
        )
        for count in sizes
    }
    if not quick:
        found["mesh of 100"] = (100, programs.mesh(100), programs.nothing_like(programs.spelled_out(100)))
    return found


def median(costs: list[measure.Cost]) -> measure.Cost:
    """The median of each figure by itself."""
    columns = {each.name: [getattr(cost, each.name) for cost in costs] for each in fields(measure.Cost)}
    return measure.Cost(
        **{name: None if None in values else statistics.median(values) for name, values in columns.items()}
    )


def main() -> None:
    """Measure, show and write."""
    parser = argparse.ArgumentParser(description="Time programs against ones that do nothing.")
    parser.add_argument("--times", type=int, default=1, help="how often the small programs run; 1 by default")
    parser.add_argument("--quick", action="store_true", help="1 and 10 pairs only, and write nothing")
    arguments = parser.parse_args()
    measured: dict[str, dict[str, measure.Cost]] = {}
    for name, shape in shapes(quick=arguments.quick).items():
        print(f"{name} …", file=sys.stderr, flush=True)
        times = arguments.times if shape[0] <= _SMALL else 1
        runs = [measure.program(*shape) for _ in range(times)]
        measured[name] = {operation: median([run[operation] for run in runs]) for operation in measure.OPERATIONS}
    for count in (1, 10):
        print(f"{count} on the dynamic face …", file=sys.stderr, flush=True)
        runs = [dynamic.program(count) for _ in range(arguments.times)]
        name = f"{count} pair{'s' if count > 1 else ''}, dynamic"
        measured[name] = {operation: median([run[operation] for run in runs]) for operation in measure.OPERATIONS}
    starts, cmdlets = measure.starts(), measure.by_cmdlets()
    print(page.terminal(measured))
    print("\n".join(page.compared(measured, starts, cmdlets)))
    if not arguments.quick:
        docs = ROOT / "docs"
        (docs / "benchmarks.md").write_text(page.markdown(measured, starts, cmdlets), encoding="utf-8")
        (docs / "benchmarks.svg").write_text(page.plot(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
