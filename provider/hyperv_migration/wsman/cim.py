"""CIM values in both directions: embedded instances as CIM-XML text, instances as WinRM prints them. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hyperv_migration.model.errors import ProtocolViolation
from hyperv_migration.wsman import names

CimValue = str | bool | int | Sequence[str]
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
"""No CIM integer has more than 64 bits; Python would take other scripts' digits and any length."""


@dataclass(frozen=True, kw_only=True)
class EndpointReference:
    """A reference to one instance: its ResourceURI and the selectors that name it."""

    resource_uri: str
    selectors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EmbeddedInstance:
    """An instance as a method parameter; each property with its CIM type (DSP0201)."""

    class_name: str
    properties: Sequence[tuple[str, str, CimValue]]
    """Name, CIM type, value."""

    def cim_xml(self) -> str:
        """Return the INSTANCE document, as text for a SOAP element to carry (hyperv-wsman.md §3.4)."""
        root = ET.Element("INSTANCE", {"CLASSNAME": self.class_name})
        for name, cim_type, value in self.properties:
            if isinstance(value, str | bool | int):
                element = ET.SubElement(root, "PROPERTY", {"NAME": name, "TYPE": cim_type})
                ET.SubElement(element, "VALUE").text = cim_text(value)
            else:
                element = ET.SubElement(root, "PROPERTY.ARRAY", {"NAME": name, "TYPE": cim_type})
                array = ET.SubElement(element, "VALUE.ARRAY")
                for item in value:
                    ET.SubElement(array, "VALUE").text = item
        # A bare carriage return would come back as a line feed (XML 1.0 §2.11); markup itself has none.
        return ET.tostring(root, encoding="unicode").replace("\r", "&#13;")


def cim_text(value: str | bool | int) -> str:
    """Return a scalar as CIM-XML spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance a host returned, its values still as the text on the wire.

    Windows leaves null arrays out and prints arrays of one like scalars (§3.3), so only who asks knows what is an
    array: hence an accessor per type.
    """

    class_name: str
    resource_uri: str
    values: Mapping[str, list[str | EndpointReference | None]]

    def text(self, name: str) -> str | None:
        """Return a string property; None for null."""
        values = self.values.get(name)
        value = values[0] if values else None
        if isinstance(value, EndpointReference):
            raise ProtocolViolation(f"{self.class_name}.{name} is a reference, not a value.")
        return value

    def required_text(self, name: str) -> str:
        """Return a string property that must be there."""
        value = self.text(name)
        if value is None:
            raise ProtocolViolation(f"{self.class_name}.{name} is missing in the host's answer.")
        return value

    def integer(self, name: str) -> int | None:
        """Return an integer property; None for null."""
        value = self.text(name)
        if value is None:
            return None
        if _INTEGER.fullmatch(value.strip()) is None:
            raise ProtocolViolation(f"{self.class_name}.{name} is no integer in the host's answer.")
        return int(value)

    def boolean(self, name: str) -> bool | None:
        """Return a boolean property; None for null."""
        value = self.text(name)
        if value is None:
            return None
        match value.strip().lower():
            case "true" | "1":
                return True
            case "false" | "0":
                return False
        raise ProtocolViolation(f"{self.class_name}.{name} is no boolean in the host's answer.")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a string array; empty for null."""
        return tuple(value for value in self.values.get(name, ()) if isinstance(value, str))

    def reference(self, name: str) -> EndpointReference | None:
        """Return a REF property; None for null."""
        values = self.values.get(name)
        value = values[0] if values else None
        return value if isinstance(value, EndpointReference) else None


def read_instance(element: ET.Element) -> Instance:
    """Read an instance, or the output of a method: its element is named for its own class, maybe a derived one."""
    uri, local = split_tag(element.tag)
    values: dict[str, list[str | EndpointReference | None]] = {}
    for child in element:
        values.setdefault(split_tag(child.tag)[1], []).append(_read_value(child))
    return Instance(class_name=local, resource_uri=uri, values=values)


def _read_value(element: ET.Element) -> str | EndpointReference | None:
    if element.get(f"{{{names.XSI}}}nil") in {"true", "1"}:
        return None
    parameters = element.find(f"{{{names.ADDRESSING}}}ReferenceParameters")
    if parameters is not None:
        return _read_reference(parameters)
    if len(element) == 1 and split_tag(element[0].tag)[0] == names.CIM:
        # A datetime: cim:Datetime or cim:Interval inside (§3.3).
        return element[0].text or ""
    return element.text or ""


def _read_reference(parameters: ET.Element) -> EndpointReference:
    uri = parameters.findtext(f"{{{names.WSMAN}}}ResourceURI")
    if uri is None:
        raise ProtocolViolation("A reference in the host's answer has no ResourceURI.")
    selectors = parameters.iterfind(f"{{{names.WSMAN}}}SelectorSet/{{{names.WSMAN}}}Selector")
    return EndpointReference(
        resource_uri=uri.strip(),
        selectors={selector.get("Name", ""): selector.text or "" for selector in selectors},
    )


def split_tag(tag: str) -> tuple[str, str]:
    """Split an element's name into namespace and local name."""
    namespace, closing, local = tag.rpartition("}")
    return (namespace.removeprefix("{"), local) if closing else ("", tag)
