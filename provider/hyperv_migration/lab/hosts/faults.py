"""SOAP faults with the numbers, subcodes and details that Windows gives them (hyperv-wsman.md §3.5, §3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from xml.sax.saxutils import escape, quoteattr

from hyperv_migration.lab.hosts import names

_TEXTS = {"en": "The request was refused by the lab host.", "ja": "要求は拒否されました。"}


class Detail(Enum):
    """Which elements stand in the fault's detail."""

    WSMAN_FAULT = auto()
    PROVIDER_FAULT = auto()
    """WSManFault with a nested fault of the WMI provider, as in the second form of E14."""
    WMI_ERROR = auto()
    """MSFT_WmiError, as in E13."""
    NONE = auto()


@dataclass(frozen=True)
class Fault:
    """One fault as it is written."""

    number: int
    """WSManFault@Code, or error_Code of MSFT_WmiError; 0 for none."""
    subcode: str
    """With one of the prefixes of `names.PREFIXES`; empty for none."""
    code: str = "s:Sender"
    fault_detail: str = ""
    """Last part of the FaultDetail URI."""
    detail: Detail = Detail.WSMAN_FAULT
    cim_status: int = 0
    not_understood: tuple[str, str] | None = None
    """Namespace and name of the header that was not understood."""

    @property
    def action(self) -> str:
        """The fault's action: each specification has its own (§3.1)."""
        if self.subcode.startswith("a:"):
            return names.ADDRESSING_FAULT_ACTION
        if self.subcode.startswith("n:"):
            return names.ENUMERATION_FAULT_ACTION
        return names.WSMAN_FAULT_ACTION

    def body(self, machine: str, language: str) -> str:
        """Write the s:Fault element; prefixes s, a, n and w are bound by the envelope."""
        text = escape(_TEXTS[language])
        subcode = f"<s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode>" if self.subcode else ""
        uri = f"<w:FaultDetail>{names.FAULT_DETAIL}{self.fault_detail}</w:FaultDetail>" if self.fault_detail else ""
        detail = uri + self._detail(quoteattr(machine), text)
        return (
            f"<s:Fault><s:Code><s:Value>{self.code}</s:Value>{subcode}</s:Code>"
            f'<s:Reason><s:Text xml:lang="{language}">{text}</s:Text></s:Reason>'
            + (f"<s:Detail>{detail}</s:Detail>" if detail else "")
            + "</s:Fault>"
        )

    def _detail(self, machine: str, text: str) -> str:
        if self.detail is Detail.NONE or not self.number:
            return ""
        if self.detail is Detail.WMI_ERROR:
            return _wmi_error(self.number, self.cim_status, text)
        inner = text
        if self.detail is Detail.PROVIDER_FAULT:
            inner = (
                r'<f:ProviderFault provider="WMI Provider" path="C:\Windows\system32\WsmWmiPl.dll">'
                f'<f:WSManFault Code="{self.number}" Machine={machine}><f:Message>{text}</f:Message></f:WSManFault>'
                f'<f:ExtendedError><e:__ExtendedStatus xmlns:e="{names.EXTENDED_STATUS}">'
                "<e:Operation>GetObject</e:Operation><e:ParameterInfo/><e:ProviderName/>"
                "</e:__ExtendedStatus></f:ExtendedError></f:ProviderFault>"
            )
        return (
            f'<f:WSManFault xmlns:f="{names.WSMAN_FAULT}" Code="{self.number}" Machine={machine}>'
            f"<f:Message>{inner}</f:Message></f:WSManFault>"
        )


class Refused(Exception):
    """A request is answered with a SOAP fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.number} {fault.subcode}")
        self.fault = fault


def _wmi_error(number: int, cim_status: int, text: str) -> str:
    def row(name: str, kind: str, value: object | None) -> str:
        tag = f'<p:{name} xsi:type="cim:cim{kind}"'
        return f'{tag} xsi:nil="true"/>' if value is None else f"{tag}>{value}</p:{name}>"

    rows = (
        row("CIMStatusCode", "UnsignedInt", cim_status),
        row("CIMStatusCodeDescription", "String", None),
        row("ErrorSource", "String", None),
        row("ErrorSourceFormat", "UnsignedShort", 0),
        row("ErrorType", "UnsignedShort", 0),
        row("Message", "String", text),
        row("MessageID", "String", f"HRESULT 0x{number:08X}"),
        row("OtherErrorSourceFormat", "String", None),
        row("OtherErrorType", "String", None),
        row("OwningEntity", "String", None),
        row("PerceivedSeverity", "UnsignedShort", 0),
        row("ProbableCause", "UnsignedShort", 0),
        row("ProbableCauseDescription", "String", None),
        row("error_Category", "UnsignedInt", 0),
        row("error_Code", "UnsignedInt", number),
        row("error_Type", "String", "HRESULT"),
        row("error_WindowsErrorMessage", "String", text),
    )
    return (
        f'<p:MSFT_WmiError xmlns:p="{names.WMI_ERROR}" xmlns:b="{names.CIM_BINDING}" xmlns:cim="{names.CIM_COMMON}" '
        f'xmlns:xsi="{names.SCHEMA_INSTANCE}" b:IsCIM_Error="true" xsi:type="p:MSFT_WmiError_Type">'
        + "".join(rows)
        + "</p:MSFT_WmiError>"
    )


CIM_ACCESS_DENIED, CIM_INVALID_NAMESPACE, CIM_INVALID_PARAMETER, CIM_INVALID_CLASS, CIM_NOT_FOUND = 2, 3, 4, 5, 6
CIM_INVALID_QUERY, CIM_SERVER_LIMITS = 15, 27

ACCESS_DENIED = Fault(5, "w:AccessDenied")
"""Refused by WinRM itself (E12)."""
PROVIDER_DENIED = Fault(2150859013, "w:AccessDenied", detail=Detail.WMI_ERROR, cim_status=CIM_ACCESS_DENIED)
SERVICE_DENIED = Fault(2150859012, "w:AccessDenied", detail=Detail.WMI_ERROR, cim_status=CIM_ACCESS_DENIED)
NOT_FOUND = Fault(
    2150858752,
    "a:DestinationUnreachable",
    fault_detail="InvalidResourceURI",
    detail=Detail.PROVIDER_FAULT,
    cim_status=CIM_NOT_FOUND,
)
"""A class, namespace or instance that is not there, asked for by its own URI (E14, second form)."""
BAD_URI = Fault(2150858811, "a:DestinationUnreachable", fault_detail="InvalidResourceURI")
QUERY_CLASS = Fault(2150858778, "n:CannotProcessFilter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_CLASS)
"""WQL that names a class or namespace that is not there (E13)."""
NO_NAMESPACE = Fault(0x8004100E, "w:InternalError", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_NAMESPACE)
"""WQL in a namespace that is not there, by WMI's own number."""
BAD_FILTER = Fault(2150858778, "n:CannotProcessFilter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_PARAMETER)
DIALECT = Fault(2150858777, "n:FilterDialectRequestedUnavailable")
BAD_CONTEXT = Fault(2150858779, "n:InvalidEnumerationContext", code="s:Receiver")
UNKNOWN_ACTION = Fault(2150858771, "a:ActionNotSupported")
ACTION_MISMATCH = Fault(2150858801, "a:ActionNotSupported", fault_detail="ActionMismatch")
TIMED_OUT = Fault(2150858793, "w:TimedOut", code="s:Receiver")
INVALID_SELECTORS = Fault(2150858813, "w:InvalidSelectors", fault_detail="UnexpectedSelectors")
SELECTOR_NOT_KEY = Fault(2150858820, "w:InvalidSelectors", fault_detail="UnexpectedSelectors")
AMBIGUOUS_SELECTORS = Fault(2150858846, "w:InvalidSelectors", fault_detail="AmbiguousSelectors")
KEYS_MISSING = Fault(2150859002, "w:InvalidSelectors", fault_detail="InsufficientSelectors")
UNEXPECTED_SELECTORS = Fault(2150858843, "w:InvalidSelectors", fault_detail="UnexpectedSelectors")
"""No such shell, no such command in it, or no ShellId at all."""
METHOD_PARAMETERS = Fault(0x8004102F, "w:InvalidParameter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_PARAMETER)
"""What a method answers that was called on the service without selectors (§3.6)."""
NO_SELECTORS_ELSEWHERE = Fault(2150859002, "w:InternalError", code="s:Receiver")
WQL_NEEDS_STAR = Fault(2150859003, "w:InvalidParameter")
ENUMERATE_WITH_KEYS = Fault(2150859016, "w:InvalidSelectors", fault_detail="UnexpectedSelectors")
SCHEMA = Fault(2150858817, "w:SchemaValidationError")
NOT_XML = Fault(2150858819, "w:SchemaValidationError")
MALFORMED_BODY = Fault(2150858791, "")
ENVELOPE_SIZE = Fault(2150858823, "w:EncodingLimit", fault_detail="MinimumEnvelopeLimit")
ITEM_TOO_LARGE = Fault(2150858805, "w:EncodingLimit", fault_detail="MaxEnvelopeSizeExceeded")
INVALID_VALUE = Fault(2150858810, "w:InvalidParameter", fault_detail="InvalidValue")
INVALID_OPTIONS = Fault(2150858809, "w:InvalidOptions")
BAD_PARAMETER = Fault(87, "w:InvalidParameter", fault_detail="InvalidValue")
ABORTED = Fault(995, "w:InternalError", code="s:Receiver")
"""What a Receive ends with whose command or shell is taken away meanwhile: ERROR_OPERATION_ABORTED."""
ADDRESSING_MODE = Fault(2150858818, "w:UnsupportedFeature", fault_detail="AddressingMode")
HEADER_MISSING = Fault(0, "a:MessageInformationHeaderRequired")
VERSION = Fault(0, "", code="s:VersionMismatch")
NOT_CAPABLE = Fault(2150859010, "w:InternalError", code="s:Receiver", detail=Detail.PROVIDER_FAULT)
SHELL_QUOTA = Fault(2150859173, "w:QuotaLimit")
QUOTA = Fault(2150859174, "w:InternalError", code="s:Receiver", detail=Detail.WMI_ERROR, cim_status=27)

NOT_READY = {
    "not-found": Fault(0x80041002, "w:InternalError", detail=Detail.WMI_ERROR, cim_status=CIM_NOT_FOUND),
    "class-missing": Fault(0x80041010, "n:CannotProcessFilter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_CLASS),
    "invalid-query": Fault(0x80041017, "n:CannotProcessFilter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_QUERY),
    "bare": Fault(2150858778, "n:CannotProcessFilter"),
}
"""What a host answers whose vmms is starting or stopping, where it does not answer with an empty list."""
FALTERING = (
    Fault(0x80041013, "w:InternalError", code="s:Receiver", detail=Detail.WMI_ERROR, cim_status=1),
    Fault(0x80041033, "w:InternalError", code="s:Receiver", detail=Detail.WMI_ERROR, cim_status=1),
    Fault(0x800706BA, "w:InternalError", code="s:Receiver", detail=Detail.WMI_ERROR, cim_status=1),
    Fault(0x8004106C, "w:InternalError", code="s:Receiver", detail=Detail.WMI_ERROR, cim_status=CIM_SERVER_LIMITS),
)
"""WMI cannot load the provider, shuts down, has lost its process, has used up its quota."""

KNOWN = {
    fault.number: fault
    for fault in (
        ACCESS_DENIED,
        PROVIDER_DENIED,
        SERVICE_DENIED,
        NOT_FOUND,
        BAD_URI,
        QUERY_CLASS,
        DIALECT,
        BAD_CONTEXT,
        UNKNOWN_ACTION,
        ACTION_MISMATCH,
        TIMED_OUT,
        INVALID_SELECTORS,
        SELECTOR_NOT_KEY,
        AMBIGUOUS_SELECTORS,
        KEYS_MISSING,
        METHOD_PARAMETERS,
        WQL_NEEDS_STAR,
        ENUMERATE_WITH_KEYS,
        SCHEMA,
        NOT_XML,
        ENVELOPE_SIZE,
        ITEM_TOO_LARGE,
        INVALID_VALUE,
        ADDRESSING_MODE,
        NOT_CAPABLE,
        QUOTA,
        UNEXPECTED_SELECTORS,
        INVALID_OPTIONS,
        BAD_PARAMETER,
        ABORTED,
        SHELL_QUOTA,
        NO_NAMESPACE,
        *NOT_READY.values(),
        *FALTERING,
        QUERY_CLASS,
        Fault(2150858802, "w:Concurrency"),
        Fault(2150858815, "w:QuotaLimit"),
        Fault(2150859014, "w:AccessDenied", detail=Detail.WMI_ERROR, cim_status=CIM_ACCESS_DENIED),
        Fault(2150859038, "w:InvalidParameter", detail=Detail.WMI_ERROR, cim_status=CIM_INVALID_PARAMETER),
        Fault(2150859236, "w:QuotaLimit"),
    )
}
"""Faults to order by number; a number that is not here comes as s:Receiver/w:InternalError."""


def by_number(number: int) -> Fault:
    """Give the fault of a number."""
    return KNOWN.get(number) or Fault(number, "w:InternalError", code="s:Receiver")
