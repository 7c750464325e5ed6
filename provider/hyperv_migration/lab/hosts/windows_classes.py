"""The classes beside Hyper-V that say who and what a host is, with the properties in use (hyperv-wsman.md §5)."""

from __future__ import annotations

from hyperv_migration.lab.hosts.names import CIMV2, CLUSTER, DEVICE_GUARD, STANDARD_CIMV2
from hyperv_migration.lab.hosts.schema import CimClass, properties

_ELEMENT = "CIM_LogicalElement", "CIM_ManagedSystemElement"

OPERATING_SYSTEM = CimClass(
    name="Win32_OperatingSystem",
    namespace=CIMV2,
    bases=("CIM_OperatingSystem", *_ELEMENT),
    singleton=True,
    properties=properties(
        """
        BootDevice              string
        BuildNumber             string
        BuildType               string
        Caption                 string
        CodeSet                 string
        CountryCode             string
        CreationClassName       string
        CSCreationClassName     string
        CSDVersion              string
        CSName                  string
        CurrentTimeZone         sint16
        Description             string
        InstallDate             datetime
        LastBootUpTime          datetime
        LocalDateTime           datetime
        Locale                  string
        Manufacturer            string
        Name                    string      key
        OperatingSystemSKU      uint32
        OSArchitecture          string
        OSLanguage              uint32
        ProductType             uint32
        Status                  string
        SystemDirectory         string
        Version                 string
        WindowsDirectory        string
        """
    ),
)

COMPUTER_SYSTEM = CimClass(
    name="Win32_ComputerSystem",
    namespace=CIMV2,
    bases=("CIM_UnitaryComputerSystem", "CIM_ComputerSystem", "CIM_System", *_ELEMENT),
    properties=properties(
        """
        Caption                 string
        CreationClassName       string
        Description             string
        DNSHostName             string
        Domain                  string
        DomainRole              uint16
        HypervisorPresent       boolean
        Manufacturer            string
        Model                   string
        Name                    string      key
        NumberOfProcessors      uint32
        PartOfDomain            boolean
        PrimaryOwnerName        string
        Roles                   string[]
        Status                  string
        SystemType              string
        TotalPhysicalMemory     uint64
        UserName                string
        Workgroup               string
        """
    ),
)

NT_DOMAIN = CimClass(
    name="Win32_NTDomain",
    namespace=CIMV2,
    bases=("CIM_System", *_ELEMENT),
    properties=properties(
        """
        Caption                         string
        ClientSiteName                  string
        CreationClassName               string
        DcSiteName                      string
        Description                     string
        DnsForestName                   string
        DomainControllerAddress         string
        DomainControllerAddressType     sint32
        DomainControllerName            string
        DomainGuid                      string
        DomainName                      string
        DSDirectoryServiceFlag          boolean
        DSDnsControllerFlag             boolean
        DSDnsDomainFlag                 boolean
        DSDnsForestFlag                 boolean
        DSGlobalCatalogFlag             boolean
        DSKerberosDistributionCenterFlag boolean
        DSPrimaryDomainControllerFlag   boolean
        DSTimeServiceFlag               boolean
        DSWritableFlag                  boolean
        InstallDate                     datetime
        Name                            string      key
        NameFormat                      string
        PrimaryOwnerContact             string
        PrimaryOwnerName                string
        Roles                           string[]
        Status                          string
        """
    ),
)

OPTIONAL_FEATURE = CimClass(
    name="Win32_OptionalFeature",
    namespace=CIMV2,
    bases=_ELEMENT,
    properties=properties(
        """
        Caption                 string
        Description             string
        InstallDate             datetime
        InstallState            uint32
        Name                    string      key
        Status                  string
        """
    ),
)

SERVICE = CimClass(
    name="Win32_Service",
    namespace=CIMV2,
    bases=("Win32_BaseService", "CIM_Service", *_ELEMENT),
    properties=properties(
        """
        AcceptPause             boolean
        AcceptStop              boolean
        Caption                 string
        CreationClassName       string
        Description             string
        DisplayName             string
        ExitCode                uint32
        InstallDate             datetime
        Name                    string      key
        PathName                string
        ProcessId               uint32
        ServiceType             string
        Started                 boolean
        StartMode               string
        StartName               string
        State                   string
        Status                  string
        SystemCreationClassName string
        SystemName              string
        """
    ),
)

GUARD = CimClass(
    name="Win32_DeviceGuard",
    namespace=DEVICE_GUARD,
    properties=properties(
        """
        AvailableSecurityProperties         uint32[]
        CodeIntegrityPolicyEnforcementStatus uint32
        InstanceIdentifier                  string      key
        RequiredSecurityProperties          uint32[]
        SecurityServicesConfigured          uint32[]
        SecurityServicesRunning             uint32[]
        Version                             string
        VirtualizationBasedSecurityStatus   uint32
        """
    ),
)

CLUSTER_CLASS = CimClass(
    name="MSCluster_Cluster",
    namespace=CLUSTER,
    bases=("CIM_Cluster",),
    properties=properties(
        """
        Caption                 string
        Description             string
        Fqdn                    string
        Name                    string      key
        Status                  string
        """
    ),
)

CLUSTER_NODE = CimClass(
    name="MSCluster_Node",
    namespace=CLUSTER,
    bases=("CIM_UnitaryComputerSystem",),
    properties=properties(
        """
        Caption                 string
        Description             string
        Name                    string      key
        State                   uint32
        Status                  string
        """
    ),
)

IP_ADDRESS = CimClass(
    name="MSFT_NetIPAddress",
    namespace=STANDARD_CIMV2,
    properties=properties(
        """
        AddressFamily           uint16
        AddressState            uint16
        CreationClassName       string      key
        InterfaceAlias          string
        InterfaceIndex          uint32
        IPAddress               string
        Name                    string      key
        PrefixLength            uint8
        SystemCreationClassName string      key
        SystemName              string      key
        Type                    uint8
        """
    ),
)

NET_ADAPTER = CimClass(
    name="MSFT_NetAdapter",
    namespace=STANDARD_CIMV2,
    bases=("CIM_NetworkPort",),
    properties=properties(
        """
        CreationClassName       string      key
        DeviceID                string      key
        HardwareInterface       boolean
        InterfaceDescription    string
        InterfaceIndex          uint32
        Name                    string
        SystemCreationClassName string      key
        SystemName              string      key
        Virtual                 boolean
        """
    ),
)

NET_ADAPTER_RDMA = CimClass(
    name="MSFT_NetAdapterRdmaSettingData",
    namespace=STANDARD_CIMV2,
    bases=("MSFT_NetAdapterSettingData", "CIM_SettingData"),
    properties=properties(
        """
        Caption                 string
        Description             string
        ElementName             string
        Enabled                 boolean
        InstanceID              string      key
        InterfaceDescription    string
        Name                    string
        SystemName              string
        """
    ),
)

CLASSES = (
    OPERATING_SYSTEM,
    COMPUTER_SYSTEM,
    NT_DOMAIN,
    OPTIONAL_FEATURE,
    SERVICE,
    GUARD,
    CLUSTER_CLASS,
    CLUSTER_NODE,
    IP_ADDRESS,
    NET_ADAPTER,
    NET_ADAPTER_RDMA,
)
