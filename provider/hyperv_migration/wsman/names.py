"""Namespaces and URIs of WS-Management as Windows speaks it (hyperv-wsman.md §3.1)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/common"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"

ENUMERATE = f"{ENUMERATION}/Enumerate"
PULL = f"{ENUMERATION}/Pull"
RELEASE = f"{ENUMERATION}/Release"
GET = f"{TRANSFER}/Get"


def namespace_in(resource_uri: str) -> str:
    """Return the WMI namespace that a ResourceURI is about."""
    return resource_uri.removeprefix(f"{WMI}/").rpartition("/")[0]


def class_uri(namespace: str, class_name: str) -> str:
    """Return the ResourceURI of a WMI class, such as root/virtualization/v2 and Msvm_ConcreteJob."""
    return f"{WMI}/{namespace}/{class_name}"
