"""The command shell over a wire that plays good answers and hostile ones back (MS-WSMV 3.1.4)."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET

import pytest

from hyperv_migration.model.errors import (
    AccessDenied,
    Cancelled,
    MigrationError,
    ProtocolViolation,
    RemoteFault,
    TimedOut,
)
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman.session import Reply, Session
from support.wsman_answers import E12, Answer, ScriptedWire, answer, fault, wsman_detail

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
CREATED = (
    '<x:ResourceCreated xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer"><a:ReferenceParameters><w:SelectorSet>'
    '<w:Selector Name="ShellId">5207F2DF</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>'
)
STARTED = f'<r:CommandResponse xmlns:r="{SHELL}"><r:CommandId>C-1</r:CommandId></r:CommandResponse>'
SIGNALLED = f'<r:SignalResponse xmlns:r="{SHELL}"/>'
TIMED_OUT = (500, fault("w:TimedOut", wsman_detail(2150858793), code="s:Receiver"))
PURGE = ("klist", "-li", "0x3e7", "purge")


def received(state: str, inside: str = "") -> str:
    """What a Receive is answered."""
    return (
        f'<r:ReceiveResponse xmlns:r="{SHELL}"><r:CommandState CommandId="C-1" State="{SHELL}/CommandState/{state}">'
        f"{inside}</r:CommandState></r:ReceiveResponse>"
    )


def done(status: int = 0) -> str:
    """What the last Receive is answered."""
    return received("Done", f"<r:ExitCode>{status}</r:ExitCode>")


def run(*answers: Answer, seconds: float = 30.0) -> tuple[list[int] | MigrationError, list[str]]:
    """Run one command; return its status or the error, and the actions that were sent."""
    wire = ScriptedWire(list(answers))
    try:
        outcome: list[int] | MigrationError = Session(wire).run([PURGE], Deadline(seconds))
    except MigrationError as error:
        outcome = error
    assert wire.answers == []
    return outcome, [_header(sent, f"{{{ADDRESSING}}}Action").rpartition("/")[2] for sent in wire.sent]


def _header(sent: bytes, tag: str) -> str:
    return ET.fromstring(sent).findtext(f".//{tag}") or ""


def test_one_command_is_four_messages() -> None:
    """The delete frees the command as well; a Receive that has nothing to say yet is repeated."""
    assert run(CREATED, STARTED, TIMED_OUT, done(7), "") == (
        [7],
        ["Create", "Command", "Receive", "Receive", "Delete"],
    )


def test_two_commands_share_a_shell() -> None:
    """The first is signalled to go before the second begins."""
    wire = ScriptedWire([CREATED, STARTED, done(5), SIGNALLED, STARTED, done(0), ""])
    assert Session(wire).run([PURGE, PURGE], Deadline(30)) == [5, 0]
    assert {_header(sent, f"{{{WSMAN}}}Selector") for sent in wire.sent} == {"", "5207F2DF"}


def test_an_exit_status_beyond_31_bits_is_a_status() -> None:
    """Windows counts crashes from 0xC0000000 on."""
    assert run(CREATED, STARTED, done(3221225786), "")[0] == [3221225786]


def test_a_receive_waits_two_seconds_and_never_beyond_the_deadline() -> None:
    """So that a cancel is noticed and others get the connection; the host is told in whole seconds."""
    wire = ScriptedWire([CREATED, STARTED, done(), ""])
    Session(wire).run([PURGE], Deadline(30))
    waits = [_header(sent, f"{{{WSMAN}}}OperationTimeout") for sent in wire.sent]
    short = ScriptedWire([CREATED, STARTED, done(), ""])
    Session(short).run([PURGE], Deadline(2.5))
    assert (waits[:3], _header(short.sent[2], f"{{{WSMAN}}}OperationTimeout")) == (["PT20S", "PT20S", "PT2S"], "PT1S")


HOSTILE: dict[str, tuple[list[Answer], type[MigrationError], list[str]]] = {
    "denied": ([(500, E12)], AccessDenied, ["Create"]),
    "quota": ([(500, fault("w:QuotaLimit", wsman_detail(2150859173)))], RemoteFault, ["Create"]),
    "late": ([TIMED_OUT], TimedOut, ["Create"]),
    "no name of a shell": ([SIGNALLED], ProtocolViolation, ["Create"]),
    "empty name of a shell": ([CREATED.replace("5207F2DF", "")], ProtocolViolation, ["Create"]),
    "no name of a command": ([CREATED, SIGNALLED, ""], ProtocolViolation, ["Create", "Command", "Delete"]),
    "empty name of a command": (
        [CREATED, STARTED.replace("C-1", ""), ""],
        ProtocolViolation,
        ["Create", "Command", "Delete"],
    ),
    "done without a status": (
        [CREATED, STARTED, received("Done"), ""],
        ProtocolViolation,
        ["Create", "Command", "Receive", "Delete"],
    ),
    "status that is none": (
        [CREATED, STARTED, received("Done", "<r:ExitCode>null</r:ExitCode>"), ""],
        ProtocolViolation,
        ["Create", "Command", "Receive", "Delete"],
    ),
    "answer to another question": (
        [CREATED, lambda _: Reply(status=200, body=answer(STARTED, "uuid:00000000-0000-0000-0000-000000000000")), ""],
        ProtocolViolation,
        ["Create", "Command", "Delete"],
    ),
    "answer to no question": (
        [CREATED, lambda _: Reply(status=200, body=answer(STARTED, None)), ""],
        ProtocolViolation,
        ["Create", "Command", "Delete"],
    ),
    "yes and no": ([CREATED, (500, STARTED), ""], RemoteFault, ["Create", "Command", "Delete"]),
    "entities": (
        [CREATED, (200, b'<!DOCTYPE a [<!ENTITY b "b">]><s:Envelope>&b;</s:Envelope>'), ""],
        ProtocolViolation,
        ["Create", "Command", "Delete"],
    ),
    "no base64": (
        [
            CREATED,
            STARTED,
            done().replace("<r:CommandState", '<r:Stream Name="stdout">ab</r:Stream><r:CommandState'),
            "",
        ],
        ProtocolViolation,
        ["Create", "Command", "Receive", "Delete"],
    ),
    "shell gone": (
        [CREATED, STARTED, (500, fault("w:InvalidSelectors", wsman_detail(2150858843))), (500, E12)],
        RemoteFault,
        ["Create", "Command", "Receive", "Delete"],
    ),
}


@pytest.mark.parametrize("answers", HOSTILE)
def test_a_bad_answer_is_an_error_of_our_tree_and_the_shell_is_deleted(answers: str) -> None:
    """Whatever pywinrm makes of it; nothing of the host's texts is repeated."""
    given, kind, actions = HOSTILE[answers]
    outcome, sent = run(*given)
    assert (type(outcome), sent) == (kind, actions)
    assert ("hv01.corp.example" in str(outcome), str(outcome).isascii()) == (True, True)


def test_a_delete_that_fails_leaves_the_statuses() -> None:
    """They are known; the shell ends after its idle time."""
    assert run(CREATED, STARTED, done(3), (500, E12))[0] == [3]


@pytest.mark.parametrize("said", ["running", "timed out"])
def test_a_program_that_always_runs_is_asked_slowly_and_not_for_ever(said: str) -> None:
    """A host that answers at once and never ends must not be flooded, and others want the connection too."""
    asked = 0

    def running(relates_to: str) -> Reply:
        nonlocal asked
        asked += 1
        status, body = TIMED_OUT if said == "timed out" else (200, received("Running"))
        return Reply(status=status, body=answer(body, relates_to))

    wire = ScriptedWire([CREATED, STARTED, *[running] * 100, ""])
    begun = time.monotonic()
    with pytest.raises(TimedOut, match=r"Waited 2 s for a command on hv01\.corp\.example\."):
        Session(wire).run([PURGE], Deadline(2))
    # Four fifths of a deadline of two seconds, a fifth of a second apart.
    assert (asked < 12, time.monotonic() - begun < 10) == (True, True)


def test_a_deadline_that_has_passed_sends_nothing() -> None:
    """The error is about time, and no shell is opened."""
    outcome, sent = run(seconds=0.0)
    assert (type(outcome), sent) == (TimedOut, [])


def test_a_cancel_before_it_begins_sends_nothing() -> None:
    """The user has had enough already."""
    wire = ScriptedWire([])
    with pytest.raises(Cancelled):
        Session(wire).run([PURGE], Deadline(30, cancelled=lambda: True))
    assert wire.sent == []
