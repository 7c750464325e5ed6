"""Faults are told apart by subcode and number, never by text (hyperv-wsman.md §3.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.wsman.fault import Fault, FaultKind, read_fault
from support.wsman_answers import E2, E12, E13, E14_ABSENT, E14_SELECTORS, body_element, fault, wmi_detail, wsman_detail

DENIED, NO_NAMESPACE, NOT_SHOWN, TIMED_OUT, QUOTA, FALTERING, OTHER = FaultKind


def _fault(body: str) -> Fault:
    found = read_fault(body_element(body))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "subcode", "codes", "kind"),
    [
        (E12, "AccessDenied", (5,), DENIED),
        (E13, "CannotProcessFilter", (2150858778,), NOT_SHOWN),
        (E14_SELECTORS, "InvalidSelectors", (2150858813,), OTHER),
        (E14_ABSENT, "DestinationUnreachable", (2150858752,), NOT_SHOWN),
    ],
    ids=["E12", "E13", "E14 selectors", "E14 absent"],
)
def test_recorded_fault_is_understood(body: str, subcode: str, codes: tuple[int, ...], kind: FaultKind) -> None:
    """The three shapes real hosts were recorded with, nested provider faults too: each number once."""
    found = _fault(body)
    assert (found.subcode, found.codes, found.kind) == (subcode, codes, kind)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        # Newer hosts leave the detail out: the subcode decides (§3.5, E14).
        (fault("a:DestinationUnreachable"), NOT_SHOWN),
        (fault("w:AccessDenied"), DENIED),
        (fault("w:QuotaLimit"), QUOTA),
        (fault("w:TimedOut", code="s:Receiver"), TIMED_OUT),
        # The prefix is the server's own choice (§4.2).
        (fault("wsman:AccessDenied"), DENIED),
        (fault("AccessDenied"), DENIED),
        # §3.6: denied by the WMI service or provider, as WinRM's own number and as WMI's.
        (fault("w:AccessDenied", wmi_detail(2, 2150859012)), DENIED),
        (fault("w:InternalError", wmi_detail(2, 2150859013)), DENIED),
        (fault("w:InternalError", wsman_detail(2150859014)), DENIED),
        (fault("w:InternalError", wmi_detail(1, 2147749891)), DENIED),
        (fault("n:CannotProcessFilter", wmi_detail(2, 2147749891)), DENIED),
        # Only an invalid namespace is positively absent; the others are also said by a provider that is starting.
        (fault("w:InternalError", wmi_detail(1, 2147749902)), NO_NAMESPACE),
        (fault("n:CannotProcessFilter", wmi_detail(3, 2150858778)), NO_NAMESPACE),
        (fault("a:DestinationUnreachable", wmi_detail(3, 2150858752)), NO_NAMESPACE),
        (fault("w:InternalError", wmi_detail(3, 1)), NO_NAMESPACE),
        (fault("w:InternalError", wmi_detail(1, 2147749904)), NOT_SHOWN),
        (fault("w:InternalError", wmi_detail(1, 2147749890)), NOT_SHOWN),
        (fault("w:InternalError", wmi_detail(1, 2147749911)), NOT_SHOWN),
        (fault("w:InternalError", wmi_detail(5, 1)), NOT_SHOWN),
        (fault("w:InternalError", wmi_detail(6, 1)), NOT_SHOWN),
        (fault("w:InternalError", wmi_detail(15, 1)), NOT_SHOWN),
        (fault("n:CannotProcessFilter", wsman_detail(2150858778)), NOT_SHOWN),
        (fault("n:CannotProcessFilter"), NOT_SHOWN),
        # WMI stops, or cannot load its provider, or has lost it, or has too much to do.
        (fault("w:InternalError", wmi_detail(1, 0x80041013)), FALTERING),
        (fault("w:InternalError", wmi_detail(1, 0x80041033)), FALTERING),
        (fault("w:InternalError", wsman_detail(0x800706BA)), FALTERING),
        (fault("w:InternalError", wmi_detail(1, 0x8004106C)), FALTERING),
        (fault("w:InternalError", wmi_detail(27, 1)), FALTERING),
        (fault("n:CannotProcessFilter", wmi_detail(1, 0x80041013)), FALTERING),
        (fault("w:AccessDenied", wmi_detail(1, 0x80041013)), DENIED),
        (fault("w:TimedOut", wsman_detail(2150858793), code="s:Receiver"), TIMED_OUT),
        (fault("n:TimedOut", wsman_detail(2150858780), code="s:Receiver"), TIMED_OUT),
        # A6 as captured: an internal error with CIM status 27.
        (fault("w:InternalError", wmi_detail(27, 2150859174), code="s:Receiver"), QUOTA),
        (fault("w:QuotaLimit", wsman_detail(2150858815)), QUOTA),
        (fault("w:QuotaLimit", wsman_detail(2150859238)), QUOTA),
        # What is neither: expired context, schema, ambiguity, invalid parameter, a generic failure.
        (fault("n:InvalidEnumerationContext", wsman_detail(2150858779)), OTHER),
        (fault("w:SchemaValidationError", wsman_detail(2150858817)), OTHER),
        (fault("w:InvalidSelectors", wsman_detail(2150858846)), OTHER),
        (fault("w:InvalidParameter", wsman_detail(87)), OTHER),
        (fault("w:InternalError", wmi_detail(1, 2147749889)), OTHER),
        (fault(""), OTHER),
    ],
)
def test_fault_is_classified_by_subcode_and_number(body: str, kind: FaultKind) -> None:
    """Every row of the fault table that means something of its own, without a look at the localised text."""
    assert _fault(body).kind is kind


@pytest.mark.parametrize("detail", ["<f:WSManFault/>", '<f:WSManFault Code="fünf"/>', '<f:WSManFault Code="0"/>',
                                    f'<f:WSManFault Code="{"9" * 5000}"/>'])  # fmt: skip
def test_number_that_is_none_is_left_out(detail: str) -> None:
    """A broken detail does not hide what the subcode says."""
    found = _fault(fault("w:AccessDenied", detail))
    assert (found.codes, found.code, found.kind) == ((), None, DENIED)


def test_numbers_may_be_signed() -> None:
    """Some hosts print an HRESULT as a signed number; it is the same one."""
    assert _fault(fault("w:InternalError", wsman_detail(0x80041003 - 2**32))).codes == (0x80041003,)


def test_answer_without_a_fault_has_none() -> None:
    """E2 is no fault."""
    assert read_fault(body_element(E2)) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (E12, "AccessDenied 5"),
        (E13, "CannotProcessFilter 0x8033801A"),
        (fault("w:QuotaLimit"), "QuotaLimit"),
        (fault("", wsman_detail(87)), "fault 87"),
    ],
)
def test_fault_is_said_by_name_and_number(body: str, said: str) -> None:
    """Win32 codes are read in decimal, HRESULTs in hexadecimal, as the documentation has them; no localised text."""
    assert str(_fault(body)) == said


@given(subcode=st.text("abcXYZ", max_size=8), codes=st.lists(st.integers(1, 2**32 - 1), max_size=3),
       cim_status=st.none() | st.integers(0, 40))  # fmt: skip
def test_any_fault_has_a_kind_and_a_sentence(subcode: str, codes: list[int], cim_status: int | None) -> None:
    """No number a host may send is without an answer."""
    found = Fault(subcode=subcode, codes=tuple(codes), cim_status=cim_status)
    assert isinstance(found.kind, FaultKind)
    assert str(found)
