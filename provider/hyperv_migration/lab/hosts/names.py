"""The fixed names of WS-Man as Windows speaks it (hyperv-wsman.md §3.1)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
MICROSOFT_WSMAN = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
CIM_BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
CIM_COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
EXTENDED_STATUS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/__ExtendedStatus"
XML = "http://www.w3.org/XML/1998/namespace"

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ANONYMOUS = f"{ADDRESSING}/role/anonymous"

GET = f"{TRANSFER}/Get"
PUT = f"{TRANSFER}/Put"
CREATE = f"{TRANSFER}/Create"
DELETE = f"{TRANSFER}/Delete"
ENUMERATE = f"{ENUMERATION}/Enumerate"
PULL = f"{ENUMERATION}/Pull"
RELEASE = f"{ENUMERATION}/Release"

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
COMMAND_SHELL = f"{SHELL}/cmd"
"""The ResourceURI of a text-based command shell (MS-WSMV 3.1.4.5.2)."""
COMMAND = f"{SHELL}/Command"
RECEIVE = f"{SHELL}/Receive"
SEND = f"{SHELL}/Send"
SIGNAL = f"{SHELL}/Signal"

WSMAN_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ADDRESSING_FAULT_ACTION = f"{ADDRESSING}/fault"
ENUMERATION_FAULT_ACTION = f"{ENUMERATION}/fault"
FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

VIRTUALIZATION = "root/virtualization/v2"
CIMV2 = "root/cimv2"
DEVICE_GUARD = "root/Microsoft/Windows/DeviceGuard"
CLUSTER = "root/MSCluster"
STANDARD_CIMV2 = "root/StandardCimv2"

PREFIXES = {"s": SOAP, "a": ADDRESSING, "n": ENUMERATION, "w": WSMAN}
"""The prefixes of Windows; openwsman's callers look answers up by them (§8)."""


def resource_uri(namespace: str, class_name: str) -> str:
    """Give the ResourceURI of a class in a WMI namespace."""
    return f"{WMI}{namespace}/{class_name}"


def is_shell(uri: str) -> bool:
    """Say whether a ResourceURI is the command shell's, or that of shells at large."""
    return uri.lower() in (SHELL, COMMAND_SHELL)


def split_tag(tag: str) -> tuple[str, str]:
    """Split an ElementTree tag into namespace and local name."""
    namespace, closed, local = tag.rpartition("}")
    return (namespace[1:], local) if closed else ("", tag)
