"""SOAP envelopes: what a request says, read strictly where Windows is strict, and the frame of an answer (§3.2)."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hyperv_migration.lab.hosts import faults, names
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.names import split_tag

SMALLEST_ENVELOPE = 8192
_DEFAULT_ENVELOPE = 153600
_DEFAULT_TIMEOUT = 60.0
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_ADDRESSING = ("Action", "To", "MessageID", "ReplyTo", "RelatesTo", "From", "FaultTo")
_WSMAN = (
    "ResourceURI",
    "SelectorSet",
    "OptionSet",
    "MaxEnvelopeSize",
    "OperationTimeout",
    "Locale",
    "FragmentTransfer",
    "RequestTotalItemsCountEstimate",
    "RequestEPR",
)
_MICROSOFT = ("DataLocale", "SessionId", "OperationID", "SequenceId", "ActivityId", "CompressionType")
_UNDERSTOOD = (
    {(names.ADDRESSING, each) for each in _ADDRESSING}
    | {(names.WSMAN, each) for each in _WSMAN}
    | {(names.MICROSOFT_WSMAN, each) for each in _MICROSOFT}
)


@dataclass(frozen=True, kw_only=True)
class SoapRequest:
    """What one WS-Man request asks for."""

    action: str
    message_id: str
    resource_uri: str = ""
    selectors: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    """The w:OptionSet."""
    must_comply: frozenset[str] = frozenset()
    """Names of the options that are not to be passed over."""
    body: ET.Element | None = None
    """The one child of s:Body; None for an empty body."""
    max_envelope_size: int = _DEFAULT_ENVELOPE
    operation_timeout: float = _DEFAULT_TIMEOUT
    """Seconds."""
    identify: bool = False

    @property
    def namespace(self) -> str:
        """The WMI namespace of the ResourceURI; empty where it is no WMI URI."""
        return self._wmi_path().rpartition("/")[0]

    @property
    def class_name(self) -> str:
        """The last part of the ResourceURI: a class, or ``*``."""
        return self._wmi_path().rpartition("/")[2]

    def _wmi_path(self) -> str:
        # Namespaces and classes are case-insensitive in WMI (§7 pitfall 4), and so is the head of the URI.
        uri = self.resource_uri
        return uri[len(names.WMI) :] if uri.lower().startswith(names.WMI.lower()) else ""


def parse(message: bytes) -> ET.Element:
    """Parse a message; no DTD and no entity is followed.

    Raises:
        Refused: It is no XML, or no SOAP 1.2 envelope.
    """
    try:
        root: ET.Element = fromstring(message, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refused(faults.NOT_XML) from None
    namespace, local = split_tag(root.tag)
    if local != "Envelope":
        raise Refused(faults.NOT_XML)
    if namespace != names.SOAP:
        raise Refused(faults.VERSION)
    return root


def message_id(root: ET.Element) -> str:
    """Give the MessageID as it stands, for the answer's RelatesTo; empty where there is none."""
    return _text(root.find(f"{{{names.SOAP}}}Header/{{{names.ADDRESSING}}}MessageID"))


def read(root: ET.Element) -> SoapRequest:
    """Read the request.

    Raises:
        Refused: A header is missing, not understood or has a bad value, or the body is malformed.
    """
    header = root.find(f"{{{names.SOAP}}}Header")
    body = root.find(f"{{{names.SOAP}}}Body")
    if body is None or len(body) > 1:
        raise Refused(faults.MALFORMED_BODY)
    content = body[0] if len(body) else None
    if content is not None and content.tag == f"{{{names.IDENTITY}}}Identify":
        return SoapRequest(action="Identify", message_id=message_id(root), body=content, identify=True)
    blocks = {} if header is None else {split_tag(block.tag): block for block in header}
    for key, block in blocks.items():
        # The attribute counts only in the SOAP namespace; without one it has no effect (§3.2, §4.2).
        if block.get(f"{{{names.SOAP}}}mustUnderstand") in ("true", "1") and key not in _UNDERSTOOD:
            raise Refused(faults.Fault(0, "", code="s:MustUnderstand", not_understood=key))
    if not all(_text(blocks.get((names.ADDRESSING, name))) for name in ("Action", "To", "MessageID")):
        raise Refused(faults.HEADER_MISSING)
    reply_to = blocks.get((names.ADDRESSING, "ReplyTo"))
    if reply_to is None or _text(reply_to.find(f"{{{names.ADDRESSING}}}Address")) != names.ANONYMOUS:
        raise Refused(faults.HEADER_MISSING if reply_to is None else faults.ADDRESSING_MODE)
    uri = _text(blocks.get((names.WSMAN, "ResourceURI")))
    if not uri:
        raise Refused(faults.BAD_URI)
    options = _read_options(blocks.get((names.WSMAN, "OptionSet")))
    return SoapRequest(
        action=_text(blocks[names.ADDRESSING, "Action"]),
        message_id=message_id(root),
        resource_uri=uri,
        selectors=read_selectors(blocks.get((names.WSMAN, "SelectorSet"))),
        options={name: _text(option) for name, option in options.items()},
        must_comply=frozenset(
            name for name, option in options.items() if option.get("MustComply", "").lower() in ("true", "1")
        ),
        body=content,
        max_envelope_size=_envelope_size(_text(blocks.get((names.WSMAN, "MaxEnvelopeSize")))),
        operation_timeout=_seconds(_text(blocks.get((names.WSMAN, "OperationTimeout")))),
    )


def read_selectors(selector_set: ET.Element | None) -> dict[str, str]:
    """Read a w:SelectorSet.

    Raises:
        Refused: A selector has no name, or a name comes twice.
    """
    selectors: dict[str, str] = {}
    for selector in () if selector_set is None else selector_set:
        name = selector.get("Name", "")
        if selector.tag != f"{{{names.WSMAN}}}Selector" or not name or name.lower() in map(str.lower, selectors):
            raise Refused(faults.INVALID_SELECTORS)
        selectors[name] = _text(selector)
    return selectors


def _read_options(option_set: ET.Element | None) -> dict[str, ET.Element]:
    options: dict[str, ET.Element] = {}
    for option in () if option_set is None else option_set:
        name = option.get("Name", "")
        if option.tag != f"{{{names.WSMAN}}}Option" or not name:
            raise Refused(faults.INVALID_OPTIONS)
        options[name] = option
    return options


def seconds_of(duration: str) -> float:
    """Read an xs:duration.

    Raises:
        Refused: It is none.
    """
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise Refused(faults.INVALID_VALUE)
    days, hours, minutes, seconds = (float(each or 0) for each in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def answer(action: str, relates_to: str, body: str, header: str = "") -> bytes:
    """Frame an answer as Windows does: prefixes s, a, n and w, MessageID in upper case (§3.3, E2)."""
    prefixes = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.PREFIXES.items())
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" {prefixes}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{names.ANONYMOUS}</a:To>{related}{header}"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault_answer(fault: faults.Fault, relates_to: str, machine: str, language: str) -> bytes:
    """Frame a fault."""
    header = ""
    if fault.not_understood is not None:
        namespace, local = fault.not_understood
        header = f"<s:NotUnderstood qname={quoteattr('q:' + local)} xmlns:q={quoteattr(namespace)}/>"
    return answer(fault.action, relates_to, fault.body(machine, language), header)


def _text(element: ET.Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _envelope_size(text: str) -> int:
    if not text:
        return _DEFAULT_ENVELOPE
    if not text.isdecimal() or int(text) < SMALLEST_ENVELOPE:
        raise Refused(faults.ENVELOPE_SIZE)
    return int(text)


def _seconds(text: str) -> float:
    # A longer time than the server's own ceiling is cut to it (§3.8).
    return min(seconds_of(text), _DEFAULT_TIMEOUT) if text else _DEFAULT_TIMEOUT
