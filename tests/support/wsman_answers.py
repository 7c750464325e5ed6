"""WS-Man messages in the shapes real hosts were recorded with (E1 to E14 of hyperv-wsman.md §3.5), played back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field

from hyperv_migration.wsman.session import Reply

VIRTUALIZATION = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/virtualization/v2"
SERVICE = f"{VIRTUALIZATION}/Msvm_VirtualSystemMigrationService"
SETTING = f"{VIRTUALIZATION}/Msvm_VirtualSystemMigrationServiceSettingData"
NETWORK = f"{VIRTUALIZATION}/Msvm_VirtualSystemMigrationNetworkSettingData"
JOB = f"{VIRTUALIZATION}/Msvm_ConcreteJob"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

_OPEN = f"""<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="{ADDRESSING}" xmlns:n="{ENUMERATION}" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
 xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common">"""

E2_INSTANCE = f"""<p:Msvm_VirtualSystemMigrationServiceSettingData xmlns:p="{SETTING}"
 xsi:type="p:Msvm_VirtualSystemMigrationServiceSettingData_Type"><p:AuthenticationType>0</p:AuthenticationType>
<p:Caption>マイグレーション</p:Caption><p:Description xsi:nil="true"/><p:EnableCompression>true</p:EnableCompression>
<p:EnableSmbTransport>false</p:EnableSmbTransport><p:EnableVirtualSystemMigration>false</p:EnableVirtualSystemMigration>
<p:InstanceID>Microsoft:HV01</p:InstanceID><p:MaximumActiveStorageMigration>2</p:MaximumActiveStorageMigration>
<p:MaximumActiveVirtualSystemMigration>2</p:MaximumActiveVirtualSystemMigration>
</p:Msvm_VirtualSystemMigrationServiceSettingData>"""
E2 = f"""<n:EnumerateResponse><n:EnumerationContext/><w:Items>{E2_INSTANCE}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"""
E3_CONTEXT = "uuid:6B1F0000-0000-4000-8000-0000000000C1"
E3_STARTED = f"<n:EnumerateResponse><n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext></n:EnumerateResponse>"
E5 = f"""<p:Msvm_VirtualSystemMigrationService xmlns:p="{SERVICE}" xsi:type="p:Msvm_VirtualSystemMigrationService_Type">
<p:ActiveStorageMigrationCount>0</p:ActiveStorageMigrationCount>
<p:ActiveVirtualSystemMigrationCount>0</p:ActiveVirtualSystemMigrationCount>
<p:CommunicationStatus xsi:nil="true"/><p:CreationClassName>Msvm_VirtualSystemMigrationService</p:CreationClassName>
<p:InstanceID xsi:nil="true"/><p:MigrationServiceListenerIPAddressList>192.168.10.11</p:MigrationServiceListenerIPAddressList>
<p:MigrationServiceListenerIPAddressList>fe80::1c2:3</p:MigrationServiceListenerIPAddressList><p:Name>migrationwmi</p:Name>
<p:OperationalStatus>2</p:OperationalStatus><p:Started>true</p:Started>
<p:SystemCreationClassName>Msvm_ComputerSystem</p:SystemCreationClassName><p:SystemName>HV01</p:SystemName>
</p:Msvm_VirtualSystemMigrationService>"""
E7 = f"""<p:ModifyServiceSettings_OUTPUT xmlns:p="{SERVICE}" xsi:type="p:ModifyServiceSettings_OUTPUT_Type">
<p:ReturnValue>0</p:ReturnValue></p:ModifyServiceSettings_OUTPUT>"""
E8 = f"""<p:ModifyServiceSettings_OUTPUT xmlns:p="{SERVICE}"><p:Job><a:Address>{ANONYMOUS}</a:Address>
<a:ReferenceParameters><w:ResourceURI>{JOB}</w:ResourceURI><w:SelectorSet>
<w:Selector Name="InstanceID">9C0E1F3A-0000-4000-8000-00000000BEEF</w:Selector>
<w:Selector Name="__cimnamespace">root/virtualization/v2</w:Selector></w:SelectorSet></a:ReferenceParameters></p:Job>
<p:ReturnValue>4096</p:ReturnValue></p:ModifyServiceSettings_OUTPUT>"""
E9 = f"""<p:Msvm_ConcreteJob xmlns:p="{JOB}" xsi:type="p:Msvm_ConcreteJob_Type">
<p:ElapsedTime><cim:Interval>P0DT0H0M1.25S</cim:Interval></p:ElapsedTime><p:ErrorCode>0</p:ErrorCode>
<p:ErrorDescription xsi:nil="true"/><p:InstanceID>9C0E1F3A-0000-4000-8000-00000000BEEF</p:InstanceID>
<p:JobState>7</p:JobState><p:StartTime><cim:Datetime>2026-01-05T08:00:00.125Z</cim:Datetime></p:StartTime>
</p:Msvm_ConcreteJob>"""


def fault(subcode: str, detail: str = "", *, code: str = "s:Sender") -> str:
    """Return a fault whose texts are localised, as every recorded one is."""
    carried = f"<s:Detail>{detail}</s:Detail>" if detail else ""
    return (
        f"<s:Fault><s:Code><s:Value>{code}</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="">アクセスが拒否されました。</s:Text></s:Reason>{carried}</s:Fault>'
    )


def wsman_detail(number: int) -> str:
    """Return the detail that WinRM itself adds."""
    return f'<f:WSManFault Code="{number}" Machine="hv01.corp.example"><f:Message>拒否</f:Message></f:WSManFault>'


def wmi_detail(cim_status: int, number: int) -> str:
    """Return the detail of newer hosts (E13)."""
    return (
        '<p:MSFT_WmiError xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError">'
        f'<p:CIMStatusCode xsi:type="cim:cimUnsignedInt">{cim_status}</p:CIMStatusCode>'
        '<p:CIMStatusCodeDescription xsi:nil="true"/><p:Message>拒否</p:Message>'
        f"<p:MessageID>HRESULT 0x{number:08X}</p:MessageID>"
        f'<p:error_Code xsi:type="cim:cimUnsignedInt">{number}</p:error_Code></p:MSFT_WmiError>'
    )


_FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail"
E12 = fault("w:AccessDenied", wsman_detail(5))
E13 = fault("n:CannotProcessFilter", wmi_detail(5, 2150858778))
E14_SELECTORS = fault(
    "w:InvalidSelectors",
    f"<w:FaultDetail>{_FAULT_DETAIL}/UnexpectedSelectors</w:FaultDetail>{wsman_detail(2150858813)}",
)
E14_ABSENT = fault(
    "a:DestinationUnreachable",
    f"<w:FaultDetail>{_FAULT_DETAIL}/InvalidResourceURI</w:FaultDetail>"
    '<f:WSManFault Code="2150858752" Machine="hv01.corp.example"><f:Message><f:ProviderFault provider="WMI Provider" '
    rf'path="C:\Windows\system32\WsmWmiPl.dll">{wsman_detail(2150858752)}<f:ExtendedError>'
    '<e:__ExtendedStatus xmlns:e="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/__ExtendedStatus">'
    "<e:Operation>GetObject</e:Operation></e:__ExtendedStatus></f:ExtendedError></f:ProviderFault></f:Message></f:WSManFault>",
)


def answer(body: str, relates_to: str | None) -> bytes:
    """Return an envelope around a body, as a host sends it."""
    related = "" if relates_to is None else f"<a:RelatesTo>{relates_to}</a:RelatesTo>"
    return (
        f"{_OPEN}<s:Header><a:Action>urn:any</a:Action><a:MessageID>uuid:5D7F0000-0000-4000-8000-0000000000A1"
        f"</a:MessageID><a:To>{ANONYMOUS}</a:To>{related}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def body_element(body: str) -> ET.Element:
    """Return the SOAP body of an answer, parsed."""
    found = ET.fromstring(answer(body, None)).find("{http://www.w3.org/2003/05/soap-envelope}Body")
    assert found is not None
    return found


Answer = str | tuple[int, str] | tuple[int, bytes] | Callable[[str], Reply]


@dataclass
class ScriptedWire:
    """Answers one request after the other from a list: a body (200), a status with a body, or raw bytes."""

    answers: list[Answer]
    sent: list[bytes] = field(default_factory=list)
    repeatable: list[bool] = field(default_factory=list)
    target: str = "hv01.corp.example"
    endpoint: str = "http://hv01.corp.example:5985/wsman"

    def post(self, envelope: bytes, *, repeatable: bool, within: float | None = None) -> Reply:
        """Keep the request and give the next answer, related to it as a host does."""
        del within
        self.sent.append(envelope)
        self.repeatable.append(repeatable)
        relates_to = ET.fromstring(envelope).findtext(f".//{{{ADDRESSING}}}MessageID") or ""
        match self.answers.pop(0):
            case str() as body:
                return Reply(status=200, body=answer(body, relates_to))
            case (int() as status, str() as body):
                return Reply(status=status, body=answer(body, relates_to))
            case (int() as status, bytes() as raw):
                return Reply(status=status, body=raw)
            case made:
                assert callable(made)
                return made(relates_to)
