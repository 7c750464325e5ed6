"""What a user is told of a change that does not count everywhere yet: the essential first, and in lines that stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.directory.domains import call_to
from contract.directory.test_replication import Pair, inputs, pair
from hyperv_migration.faces import engine_log
from hyperv_migration.model.errors import PartiallyApplied
from hyperv_migration.operations import delegation

__all__ = ["pair"]
SHOWN = 40
"""Characters of a message that a terminal of ordinary width shows beside a resource."""


def test_new_tickets_are_told_of_once_and_stay(pair: Pair) -> None:
    """By a note, not in the status line that is gone at the end."""
    call, heard = call_to(pair.connection)
    delegation.create(inputs(waitForReplication="None"), call)
    (note,) = heard.noted
    assert note[:SHOWN].startswith("New tickets due on HV01: run klist")
    assert "klist -li 0x3e7 purge (and 0x3e4)" in note
    assert "wait about 15 minutes" in note
    assert not [step for step in heard.progressed if "ticket" in step]


def test_a_wait_names_the_domain_controller_first(pair: Pair) -> None:
    """In the status line from the start, and once in a line that stays where it is longer than a moment."""
    slow = replace(pair.connection, directory=replace(pair.connection.directory, replication_timeout=6))
    call, heard = call_to(slow)
    with pytest.raises(PartiallyApplied):
        delegation.create(inputs(), call)
    (step,) = heard.progressed
    (note,) = heard.noted
    for said in (step, note):
        assert said[:SHOWN].startswith("waiting for dc2.lab.test to get the chan")
    assert "dc1.lab.test" in note
    assert "^C stops the wait" in note


def test_a_note_is_no_passing_line_of_the_engines_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine keeps it among the diagnostics; the same note of one call is there once."""
    sent: list[tuple[str, bool]] = []

    class Stub:
        def Log(self, request: object, timeout: float) -> None:  # noqa: N802 - the engine's name
            assert timeout
            sent.append((str(getattr(request, "message", "")), bool(getattr(request, "ephemeral", True))))

    monkeypatch.setattr(engine_log, "_stub", lambda _: Stub())
    log = engine_log.EngineLog("127.0.0.1:1", "urn:pulumi:a::b::c::d")
    log.note("it")
    log.note("it")
    log.progress("passing")
    assert sent == [("it", False), ("passing", True)]
