"""How long a fuzzer runs: a fixed set of examples by default, new ones for FUZZ_SECONDS where that is set.

`make fuzz FUZZ_SECONDS=120` divides the seconds among the fuzzers by their shares, which sum up to one.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from hyperv_migration.model.errors import MigrationError, PartiallyApplied
from hyperv_migration.model.terminal import LONGEST
from hyperv_migration.operations.journal import default_folder
from support.dynamic_host import pack

SECONDS = float(os.environ.get("FUZZ_SECONDS") or 0)
_ROUND = 15
_LONGEST_SENTENCE = 2 * LONGEST + 200
"""Of a message and its repr."""
struck: Counter[str] = Counter()
"""How many answers were changed in each way."""
outcomes: Counter[str] = Counter()
"""How often an operation ended with which error, or with success."""


def run(body: Callable[[Any], None], examples: SearchStrategy[Any], *, count: int, share: float) -> None:
    """Try `count` examples, always the same ones; or new ones until the fuzzer's share of FUZZ_SECONDS is over.

    In short rounds, each from a seed of its own: within one the examples resemble each other.
    """
    tried = 0
    struck.clear()
    outcomes.clear()

    def once(example: Any) -> None:
        nonlocal tried
        tried += 1
        new_process()
        body(example)

    ends = time.monotonic() + SECONDS * share
    for number in itertools.count():
        chosen = settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        seed(random.getrandbits(64) if SECONDS else number)(chosen(given(examples)(once)))()
        if tried >= count and time.monotonic() >= ends:
            break
    # Shown by `make fuzz`.
    print(f"\n{tried} hostile examples, {struck.total()} answers changed:")  # noqa: T201
    for counted in (struck, outcomes):
        print("\n".join(f"  {number:7} {kind}" for kind, number in sorted(counted.items())), end="\n\n")  # noqa: T201


def new_process() -> None:
    """Forget what earlier examples left in the journal."""
    for note in default_folder().glob("*"):
        note.unlink()


def judge(work: Callable[[], object], *, secrets: tuple[str, ...], seconds: float) -> object:
    """Do the work and say what it came to; only an error of our tree may end it, in time and without a secret.

    A state that comes out, also inside PartiallyApplied, must be one that the engine can keep.
    """
    began = time.monotonic()
    try:
        outcome = work()
    except MigrationError as error:
        outcome = error
        sentence = f"{error} {error!r}"
        assert len(sentence) < _LONGEST_SENTENCE, sentence[:_LONGEST_SENTENCE]
        assert "".join(filter(str.isprintable, sentence)) == sentence
        assert not any(secret in sentence for secret in secrets)
        if isinstance(error, PartiallyApplied):
            pack(error.state)
    outcomes[type(outcome).__name__ if isinstance(outcome, MigrationError) else "success"] += 1
    took = time.monotonic() - began
    assert took < seconds, f"{took:.1f} s"
    if isinstance(outcome, dict):
        pack(outcome)
    return outcome
