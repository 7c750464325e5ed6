"""When an operation is over."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from hyperv_migration.model.errors import TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call
from support.said import Said


def call(**more: Any) -> Call:
    """A call of the engine that began a minute ago."""
    return Call(targets=cast("Any", None), log=Said(), begun=time.monotonic() - 60, **more)


def test_custom_timeouts_count_for_the_whole_operation() -> None:
    """A part that begins late has what is left, and not the whole time again."""
    left = call(timeout=100.0).deadline(300.0).remaining
    assert 30 < left <= 40


def test_a_part_has_its_own_time_without_them() -> None:
    """Its default begins when the part does."""
    assert 290 < call().deadline(300.0).remaining <= 300


def test_what_is_over_is_not_waited_for() -> None:
    """The message says how long the whole was."""
    deadline = call(timeout=50.0).deadline()
    with pytest.raises(TimedOut, match="Waited 50 s for the end"):
        deadline.pause(1.0, waiting_for="the end")


def test_a_deadline_begins_now_unless_told() -> None:
    """The plain form."""
    assert Deadline(5).remaining > 4
