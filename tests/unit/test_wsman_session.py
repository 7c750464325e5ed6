"""WS-Man operations over a wire that plays recorded shapes and hostile ones back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.errors import (
    AccessDenied,
    InvalidInput,
    MigrationError,
    NotFound,
    ProtocolViolation,
    RemoteFault,
    SignInRefused,
    TimedOut,
)
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman.cim import EndpointReference
from hyperv_migration.wsman.refusals import Faltering, NotShown
from hyperv_migration.wsman.session import Reply, Session
from support.wsman_answers import (
    E2,
    E2_INSTANCE,
    E3_CONTEXT,
    E3_STARTED,
    E5,
    E7,
    E8,
    E9,
    E12,
    E13,
    E14_ABSENT,
    E14_SELECTORS,
    ENUMERATION,
    JOB,
    SERVICE,
    Answer,
    ScriptedWire,
    answer,
    fault,
    wmi_detail,
    wsman_detail,
)  # fmt: skip

V2 = "root/virtualization/v2"
WQL = "SELECT * FROM Msvm_VirtualSystemMigrationServiceSettingData"
SERVICE_REFERENCE = EndpointReference(resource_uri=SERVICE, selectors={"Name": "migrationwmi"})
JOB_REFERENCE = EndpointReference(resource_uri=JOB, selectors={"InstanceID": "9C0E"})


def _session(*answers: Answer) -> tuple[Session, ScriptedWire]:
    wire = ScriptedWire(list(answers))
    return Session(wire), wire


def _names(session: Session) -> list[str]:
    return [instance.class_name for instance in session.enumerate(V2, WQL)]


def _modify(session: Session, seconds: float = 0.0) -> Any:
    return session.invoke(SERVICE_REFERENCE, "ModifyServiceSettings", {"ServiceSettingData": "x"}, Deadline(seconds))


OPERATIONS: dict[str, Callable[[Session], Any]] = {
    "enumerate": lambda session: session.enumerate(V2, WQL),
    "get": lambda session: session.get(SERVICE_REFERENCE),
    "invoke": _modify,
}


def test_short_list_is_one_message() -> None:
    """E2: an optimised answer carries everything (DESIGN §5 counts messages)."""
    session, wire = _session(E2)
    (instance,) = session.enumerate(V2, WQL)
    assert instance.text("InstanceID") == "Microsoft:HV01"
    assert (len(wire.sent), wire.repeatable) == (1, [True])


@pytest.mark.parametrize("prefix", ["n", "w"])
def test_list_ends_with_its_marker_in_either_namespace(prefix: str) -> None:
    """EndOfSequence and Items stand in either namespace, by the kind of answer (§3.2)."""
    session, wire = _session(
        E3_STARTED,
        f"<n:PullResponse><n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext><{prefix}:Items><q:One "
        f'xmlns:q="urn:q"/></{prefix}:Items></n:PullResponse>',
        f'<n:PullResponse><{prefix}:Items><q:Two xmlns:q="urn:q"/></{prefix}:Items><{prefix}:EndOfSequence/></n:PullResponse>',
    )
    assert _names(session) == ["One", "Two"]
    contexts = [ET.fromstring(pull).findtext(f".//{{{ENUMERATION}}}EnumerationContext") for pull in wire.sent[1:]]
    assert contexts == [E3_CONTEXT, E3_CONTEXT]


def test_pull_is_never_repeated() -> None:
    """A context lives once: a pull whose answer was lost cannot be asked for again (0x8033801B)."""
    session, wire = _session(E3_STARTED, "<n:PullResponse><n:Items/><n:EndOfSequence/></n:PullResponse>")
    assert session.enumerate(V2, WQL) == []
    assert wire.repeatable == [True, False]


def test_marker_ends_a_list_whatever_the_context_says() -> None:
    """A recorded sample has a non-empty context together with the end marker (E2)."""
    ended = f"<n:EnumerateResponse><n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext><w:Items>{E2_INSTANCE}</w:Items>"
    session, wire = _session(f"{ended}<w:EndOfSequence/></n:EnumerateResponse>")
    assert len(session.enumerate(V2, WQL)) == 1
    assert len(wire.sent) == 1


@pytest.mark.parametrize("items", ["", "<w:Items/>", f"<w:Items>{E2_INSTANCE}</w:Items>"])
@pytest.mark.parametrize("context", ["", "<n:EnumerationContext/>", '<n:EnumerationContext xsi:nil="true"/>'])
def test_list_without_its_end_is_not_believed(items: str, context: str) -> None:
    """Half a list would look like things that somebody removed."""
    session, _ = _session(f"<n:EnumerateResponse>{context}{items}</n:EnumerateResponse>")
    with pytest.raises(ProtocolViolation, match="broke off an enumeration"):
        session.enumerate(V2, WQL)


def test_list_without_an_end_is_given_up() -> None:
    """A host, or who pretends to be one, cannot keep the provider busy for ever."""
    endless = f"<n:PullResponse><n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext></n:PullResponse>"
    session, wire = _session(E3_STARTED, *[endless] * 110)
    with pytest.raises(ProtocolViolation, match="enumeration without an end"):
        session.enumerate(V2, WQL)
    assert len(wire.sent) == 101


def test_list_that_takes_too_long_is_given_up() -> None:
    """Each answer may come in time, and there may still be no end to them."""
    endless = f"<n:PullResponse><n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext></n:PullResponse>"
    wire = ScriptedWire(answers=[E3_STARTED, endless])
    with pytest.raises(TimedOut, match=r"within 0 s \(5 times winrm operationTimeout\)"):
        Session(wire, operation_timeout=0).enumerate(V2, WQL)
    assert len(wire.sent) == 1


def test_get_returns_the_only_child_of_the_body() -> None:
    """E5."""
    session, wire = _session(E5)
    assert session.get(SERVICE_REFERENCE).text("SystemName") == "HV01"
    assert wire.repeatable == [True]


def test_invocation_is_sent_once() -> None:
    """E7; what a lost call has done is not known, so it is never repeated."""
    session, wire = _session(E7)
    assert _modify(session).integer("ReturnValue") == 0
    assert wire.repeatable == [False]


def test_job_is_named_and_asked_for_where_its_reference_says() -> None:
    """E8, E9: the Get goes to the reference's own URI with its selectors unchanged."""
    session, wire = _session(E8, E9)
    output = _modify(session)
    job = output.reference("Job")
    assert (output.integer("ReturnValue"), session.get(job).integer("JobState")) == (4096, 7)
    assert b"__cimnamespace" in wire.sent[1]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (E12, AccessDenied, r"denies access to its WMI namespace root/virtualization/v2 \(AccessDenied 5\)"),
        (E13, NotShown, r"\(CannotProcessFilter 0x8033801A\)"),
        (E14_ABSENT, NotShown, r"\(DestinationUnreachable 0x80338000\)"),
        (E14_SELECTORS, RemoteFault, r"\(InvalidSelectors 0x8033803D\)"),
        (fault("w:TimedOut", wsman_detail(2150858793)), TimedOut, "0x80338029"),
        (fault("w:InternalError", wmi_detail(3, 0x8004100E)), NotFound, "0x8004100E"),
        (fault("w:SchemaValidationError", wsman_detail(2150858817)), RemoteFault, "0x80338041"),
    ],
    ids=["E12", "E13", "E14 absent", "E14 selectors", "timed out", "namespace", "schema"],
)
@pytest.mark.parametrize("status", [500, 400, 200])
def test_fault_becomes_its_error_whatever_the_operation_and_status(
    operation: Callable[[Session], Any], body: str, error: type[MigrationError], said: str, status: int
) -> None:
    """The SOAP fault decides, not HTTP (§3.7); the message has numbers and no localised text."""
    session, _ = _session((status, body))
    with pytest.raises(error, match=said) as raised:
        operation(session)
    assert type(raised.value) is error
    assert str(raised.value).isascii()


def test_remote_fault_carries_its_number() -> None:
    """Who has to tell faults apart compares numbers."""
    session, _ = _session((500, E14_SELECTORS))
    with pytest.raises(RemoteFault) as raised:
        session.get(JOB_REFERENCE)
    assert raised.value.code == 2150858813


def test_quota_refusal_is_tried_again() -> None:
    """P32: refused before anything was run, so sending it again is safe; each time with a new id."""
    session, wire = _session((500, fault("w:QuotaLimit", wsman_detail(2150859174))), E7)
    assert _modify(session, seconds=5).integer("ReturnValue") == 0
    assert len(wire.sent) == 2
    assert wire.sent[0] != wire.sent[1]


def test_quota_refusals_end_with_the_deadline() -> None:
    """Nothing waits for ever."""
    session, wire = _session(*[(500, fault("w:QuotaLimit"))] * 9)
    with pytest.raises(TimedOut, match="free WinRM operation on hv01.corp.example"):
        _modify(session, seconds=0)
    assert len(wire.sent) == 1


FALTERS = (500, fault("w:InternalError", wmi_detail(1, 0x80041033)))


@pytest.mark.parametrize("code", [0x80041013, 0x80041033, 0x800706BA, 0x8004106C])
def test_read_is_repeated_while_wmi_falters(code: int) -> None:
    """It stops, or loads its provider anew: the same list is asked for again after a pause, as a whole."""
    falters = (500, fault("w:InternalError", wmi_detail(1, code)))
    session, wire = _session(falters, E3_STARTED, falters, E2)
    assert len(session.enumerate(V2, WQL)) == 1
    assert len(wire.sent) == 4
    session, wire = _session(falters, E9)
    assert session.get(JOB_REFERENCE).integer("JobState") == 7
    assert len(wire.sent) == 2


def test_repetitions_are_few_and_end_with_the_deadline() -> None:
    """Three at most, and none once the operation is over; what is told is the fault itself."""
    session, wire = _session(*[FALTERS] * 9)
    with pytest.raises(Faltering, match="0x80041033"):
        session.enumerate(V2, WQL)
    assert len(wire.sent) == 4
    session, wire = _session(*[FALTERS] * 9)
    with pytest.raises(Faltering, match="0x80041033"):
        session.enumerate(V2, WQL, Deadline(0))
    assert len(wire.sent) == 1


def test_method_is_not_repeated_while_wmi_falters() -> None:
    """What it did is not known: only reading again tells."""
    session, wire = _session(FALTERS, E7)
    with pytest.raises(Faltering, match="0x80041033"):
        _modify(session)
    assert len(wire.sent) == 1


HTML = b"<!DOCTYPE html><html><body>Moved</body></html>"
XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("body", [b"", b"Forbidden", HTML, XHTML, b"\xff\xfe\x00", b"<", b'<?xml encoding="x"?>'])
@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (401, SignInRefused, "HTTP 401"),
        (403, AccessDenied, "HTTP 403"),
        (404, ProtocolViolation, "HTTP 404"),
        (413, RemoteFault, "HTTP 413"),
        (500, RemoteFault, "HTTP 500"),
        (503, RemoteFault, "HTTP 503"),
        (200, ProtocolViolation, "check what answers there"),
    ],
)
def test_answer_that_is_no_soap_is_judged_by_its_status(
    operation: Callable[[Session], Any], body: bytes, status: int, error: type[MigrationError], said: str
) -> None:
    """A proxy, another web server or an empty refusal, with a page or without."""
    session, _ = _session((status, body))
    with pytest.raises(error, match=said) as raised:
        operation(session)
    assert type(raised.value) is error


def test_yes_with_a_status_that_says_no_is_not_believed() -> None:
    """A success in an answer with HTTP 500 is a contradiction."""
    session, _ = _session((500, E7))
    with pytest.raises(RemoteFault, match="HTTP 500"):
        _modify(session)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><s>&c;</s>"""
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s>&x;</s>'
DTD = b'<!DOCTYPE s SYSTEM "http://127.0.0.1:9/dtd"><s/>'


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize(
    "hostile",
    [
        (200, BOMB),
        (200, EXTERNAL),
        (200, DTD),
        lambda relates_to: Reply(status=200, body=DTD.replace(b"<s/>", answer(E2, relates_to))),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to)[:-40]),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to) + b"<more/>"),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to).decode().encode("cp932", "replace")),
        (200, answer(E2, "uuid:0E0A6B51-0000-4000-8000-000000000001")),
        (500, answer(E12, "uuid:0E0A6B51-0000-4000-8000-000000000001")),
        (200, answer(E2, None)),
        (200, answer(E7, "")),
        lambda relates_to: Reply(status=200, body=answer("", relates_to)),
        lambda relates_to: Reply(status=200, body=answer("<n:Odd/><n:Odd/>", relates_to)),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to).replace(b"s:Body", b"s:Corpus")),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to).replace(b"2003/05/soap", b"1999/05/soap")),
        lambda relates_to: Reply(status=200, body=answer(E2, relates_to).replace(b"s:Header", b"s:Head")),
    ],
    ids=[
        "entity bomb", "external entity", "external DTD", "DTD before a real answer", "truncated", "two documents",
        "another encoding", "another question", "fault to another question", "to no question", "to an empty question",
        "empty body", "two elements", "no body", "another SOAP", "no header",
    ],
)  # fmt: skip
def test_hostile_answer_is_a_protocol_violation(operation: Callable[[Session], Any], hostile: Answer) -> None:
    """Nothing in it is believed, nothing is expanded and nothing is fetched."""
    session, wire = _session(hostile)
    with pytest.raises(ProtocolViolation) as raised:
        operation(session)
    assert str(raised.value).startswith("hv01.corp.example ")
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("operation", "other"), [("enumerate", E5), ("enumerate", E7), ("invoke", E5), ("invoke", E2),
                                                  ("invoke", E7.replace("Modify", "Remove"))])  # fmt: skip
def test_answer_of_another_kind_is_a_protocol_violation(operation: str, other: str) -> None:
    """A list is answered by a list and a method by its own output."""
    session, _ = _session(other)
    with pytest.raises(ProtocolViolation, match="with something else"):
        OPERATIONS[operation](session)


def test_question_id_is_compared_without_case() -> None:
    """GUIDs are the same in either case, and hosts were seen to change it."""
    session, _ = _session(lambda relates_to: Reply(status=200, body=answer(E2, f" {relates_to.lower()} ")))
    assert len(session.enumerate(V2, WQL)) == 1


def test_fault_may_come_without_its_question() -> None:
    """A host that could not read the request cannot tell its id."""
    session, _ = _session((500, answer(E12, None)))
    with pytest.raises(AccessDenied):
        session.get(SERVICE_REFERENCE)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@given(body=st.binary() | st.text("<>/&;s:ab \"'=!-[]", max_size=60).map(str.encode), status=st.integers(200, 599))
def test_any_bytes_end_in_an_error_of_ours(operation: Callable[[Session], Any], body: bytes, status: int) -> None:
    """Whoever answers, no foreign exception comes out."""
    session, _ = _session((status, body))
    with pytest.raises(MigrationError):
        operation(session)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@given(position=st.integers(0, 1500), byte=st.integers(0, 255))
def test_one_flipped_byte_is_an_answer_or_an_error_of_ours(
    operation: Callable[[Session], Any], position: int, byte: int
) -> None:
    """A corrupted answer is read or refused, and nothing else."""

    def corrupted(relates_to: str) -> Reply:
        body = bytearray(answer(E2, relates_to))
        body[position % len(body)] = byte
        return Reply(status=200, body=bytes(body))

    session, _ = _session(corrupted)
    try:
        operation(session)
    except MigrationError as error:
        assert str(error).startswith("hv01.corp.example ")


def test_value_xml_cannot_carry_is_refused_before_anything_is_sent() -> None:
    """The host never sees it, so nothing is written."""
    session, wire = _session(E7)
    with pytest.raises(InvalidInput):
        session.invoke(SERVICE_REFERENCE, "ModifyServiceSettings", {"ServiceSettingData": "a\x00b"}, Deadline(1))
    assert wire.sent == []
