"""Requests as bytes. Pure: every value goes through the XML library as text, none is spliced into markup."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import EmbeddedInstance, EndpointReference

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MAX_ENVELOPE_SIZE = 512_000
MAX_ELEMENTS = 100

Parameter = str | EmbeddedInstance | EndpointReference
Parameters = Mapping[str, Parameter | Sequence[Parameter]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One WS-Man request: where to, what, and the id that the answer must relate to."""

    resource_uri: str
    action: str
    body: ET.Element | None
    selectors: Mapping[str, str] = field(default_factory=dict)
    operation_timeout: int = 60
    message_id: str = field(default_factory=lambda: f"uuid:{str(uuid.uuid4()).upper()}")

    def renewed(self) -> Request:
        """Return the same request under an id of its own, for another attempt."""
        return replace(self, message_id=f"uuid:{str(uuid.uuid4()).upper()}")

    def envelope(self, to: str) -> bytes:
        """Return the SOAP envelope, UTF-8 (header rules: hyperv-wsman.md §3.2)."""
        root = ET.Element(
            "s:Envelope",
            {
                "xmlns:s": names.SOAP,
                "xmlns:a": names.ADDRESSING,
                "xmlns:w": names.WSMAN,
                "xmlns:n": names.ENUMERATION,
            },
        )
        header = ET.SubElement(root, "s:Header")
        must = {"s:mustUnderstand": "true"}
        _text(header, "a:To", to)
        _text(header, "w:ResourceURI", self.resource_uri, must)
        _text(ET.SubElement(header, "a:ReplyTo"), "a:Address", names.ANONYMOUS, must)
        _text(header, "a:Action", self.action, must)
        _text(header, "w:MaxEnvelopeSize", str(MAX_ENVELOPE_SIZE), must)
        _text(header, "a:MessageID", self.message_id)
        ET.SubElement(header, "w:Locale", {"xml:lang": "en-US", "s:mustUnderstand": "false"})
        _text(header, "w:OperationTimeout", f"PT{self.operation_timeout}.000S")
        if self.selectors:
            _selector_set(header, self.selectors)
        body = ET.SubElement(root, "s:Body")
        if self.body is not None:
            body.append(self.body)
        return _document(root).encode()


def _document(root: ET.Element) -> str:
    """Serialise; raises InvalidInput for what XML 1.0 cannot carry in any spelling, before anything is sent."""
    # A bare carriage return would come back as a line feed (XML 1.0 §2.11); markup itself has none.
    text = ET.tostring(root, encoding="unicode").replace("\r", "&#13;")
    if illegal := _NOT_XML.search(text):
        raise InvalidInput(f"A value holds the character U+{ord(illegal[0]):04X}, which cannot be sent to a host.")
    return text


def enumerate_request(namespace: str, wql: str, *, operation_timeout: int = 60) -> Request:
    """Ask for all instances a WQL query selects, as many at once as fit (E1)."""
    body = ET.Element("n:Enumerate")
    ET.SubElement(body, "w:OptimizeEnumeration")
    _text(body, "w:MaxElements", str(MAX_ELEMENTS))
    _text(body, "w:Filter", wql, {"Dialect": names.WQL_DIALECT})
    return Request(
        # A WQL query goes to the class-less URI, else the host refuses it (0x803380FB, §3.2).
        resource_uri=names.class_uri(namespace, "*"),
        action=names.ENUMERATE,
        body=body,
        operation_timeout=operation_timeout,
    )


def pull_request(namespace: str, context: str, *, operation_timeout: int = 60) -> Request:
    """Ask for the next instances of an enumeration (E3)."""
    body = ET.Element("n:Pull")
    _text(body, "n:EnumerationContext", context)
    _text(body, "n:MaxElements", str(MAX_ELEMENTS))
    return Request(
        resource_uri=names.class_uri(namespace, "*"),
        action=names.PULL,
        body=body,
        operation_timeout=operation_timeout,
    )


def get_request(reference: EndpointReference, *, operation_timeout: int = 60) -> Request:
    """Ask for one instance (E4)."""
    return Request(
        resource_uri=reference.resource_uri,
        action=names.GET,
        body=None,
        selectors=reference.selectors,
        operation_timeout=operation_timeout,
    )


def invoke_request(
    target: EndpointReference, method: str, parameters: Parameters, *, operation_timeout: int = 60
) -> Request:
    """Call a method of an instance (E6, E10, E11); an absent parameter is left out."""
    body = ET.Element(f"p:{method}_INPUT", {"xmlns:p": target.resource_uri})
    for name, value in parameters.items():
        items = [value] if isinstance(value, str | EmbeddedInstance | EndpointReference) else list(value)
        for item in items:
            _parameter(body, f"p:{name}", item)
    return Request(
        resource_uri=target.resource_uri,
        action=f"{target.resource_uri}/{method}",
        body=body,
        selectors=target.selectors,
        operation_timeout=operation_timeout,
    )


def _parameter(body: ET.Element, tag: str, value: Parameter) -> None:
    if isinstance(value, EndpointReference):
        # Address and ReferenceParameters stand directly inside: a real host refuses a wrapper around them (§3.4).
        element = ET.SubElement(body, tag)
        _text(element, "a:Address", names.ANONYMOUS)
        parameters = ET.SubElement(element, "a:ReferenceParameters")
        _text(parameters, "w:ResourceURI", value.resource_uri)
        _selector_set(parameters, value.selectors)
    elif isinstance(value, EmbeddedInstance):
        # An embedded instance travels as text; a tree of elements is refused (§3.4).
        _text(body, tag, value.cim_xml())
    else:
        _text(body, tag, value)


def _selector_set(parent: ET.Element, selectors: Mapping[str, str]) -> None:
    selector_set = ET.SubElement(parent, "w:SelectorSet")
    for name, value in selectors.items():
        _text(selector_set, "w:Selector", value, {"Name": name})


def _text(parent: ET.Element, tag: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    ET.SubElement(parent, tag, dict(attributes or {})).text = text
