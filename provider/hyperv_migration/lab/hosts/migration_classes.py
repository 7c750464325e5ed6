"""The classes of root/virtualization/v2 that live migration is configured with (hyperv-wsman.md §1)."""

from __future__ import annotations

from hyperv_migration.lab.hosts.names import VIRTUALIZATION
from hyperv_migration.lab.hosts.schema import CimClass, methods, properties

_SETTING = "CIM_SettingData", "CIM_ManagedElement"
_LOGICAL = "CIM_LogicalElement", "CIM_ManagedSystemElement", "CIM_ManagedElement"

_MANAGED_SYSTEM_ELEMENT = """
    InstanceID              string
    Caption                 string
    Description             string
    ElementName             string
    InstallDate             datetime
    OperationalStatus       uint16[]
    StatusDescriptions      string[]
    Status                  string
    HealthState             uint16
    CommunicationStatus     uint16
    DetailedStatus          uint16
    OperatingStatus         uint16
    PrimaryStatus           uint16
"""
_SETTING_DATA = """
    InstanceID              string      key
    Caption                 string
    Description             string
    ElementName             string
"""

SERVICE = CimClass(
    name="Msvm_VirtualSystemMigrationService",
    namespace=VIRTUALIZATION,
    bases=("CIM_VirtualSystemMigrationService", "CIM_Service", "CIM_EnabledLogicalElement", *_LOGICAL),
    properties=properties(
        _MANAGED_SYSTEM_ELEMENT
        + """
        Name                                    string      key
        EnabledState                            uint16
        OtherEnabledState                       string
        RequestedState                          uint16
        EnabledDefault                          uint16
        TimeOfLastStateChange                   datetime
        AvailableRequestedStates                uint16[]
        TransitioningToState                    uint16
        SystemCreationClassName                 string      key
        SystemName                              string      key
        CreationClassName                       string      key
        PrimaryOwnerName                        string
        PrimaryOwnerContact                     string
        StartMode                               string
        Started                                 boolean
        ActiveVirtualSystemMigrationCount       uint32
        ActiveStorageMigrationCount             uint32
        MigrationServiceListenerIPAddressList   string[]
        """
    ),
    methods=methods(
        """
        ModifyServiceSettings                   in:ServiceSettingData:string out:Job:ref
        AddNetworkSettings                      in:NetworkSettings:string[] out:Job:ref
        ModifyNetworkSettings                   in:NetworkSettings:string[] out:Job:ref
        RemoveNetworkSettings                   in:NetworkSettings:ref[] out:Job:ref
        RequestStateChange                      in:RequestedState:uint16 out:Job:ref in:TimeoutPeriod:datetime
        StartService
        StopService
        MigrateVirtualSystemToHost              in:ComputerSystem:ref in:DestinationHost:string in:MigrationSettingData:string in:NewSystemSettingData:string in:NewResourceSettingData:string[] out:Job:ref
        MigrateVirtualSystemToSystem            in:ComputerSystem:ref in:DestinationSystem:ref in:MigrationSettingData:string in:NewSystemSettingData:string in:NewResourceSettingData:string[] out:NewComputerSystem:ref out:Job:ref
        CheckVirtualSystemIsMigratable          in:ComputerSystem:ref in:DestinationHost:string in:MigrationSettingData:string in:NewSystemSettingData:string in:NewResourceSettingData:string[] out:Job:ref
        CheckVirtualSystemIsMigratableToHost    in:ComputerSystem:ref in:DestinationHost:string in:MigrationSettingData:string in:NewSystemSettingData:string in:NewResourceSettingData:string[] out:IsMigratable:boolean
        CheckVirtualSystemIsMigratableToSystem  in:ComputerSystem:ref in:DestinationSystem:ref in:MigrationSettingData:string in:NewSystemSettingData:string in:NewResourceSettingData:string[] out:IsMigratable:boolean
        GetSystemCompatibilityInfo              in:ComputerSystem:ref out:CompatibilityInfo:uint8[]
        CheckSystemCompatibilityInfo            in:CompatibilityInfo:uint8[] out:Reasons:string[]
        GetSystemCompatibilityVectors    9600   in:ComputerSystem:ref out:CompatibilityVectors:string[]
        GetProcessorFeatureLimits        20348  in:Options:string out:CompatibilityVectors:string[]
        SetPlannedMigrationSettings      29617  in:PlannedComputerSystem:ref in:MigrationSettingData:string
        QuerySystemMigrationProperties   29617  in:ComputerSystem:ref in:PropertyQuery:string out:QueryResponse:string
        """  # noqa: E501 - one row a method
    ),
)

SERVICE_SETTING = CimClass(
    name="Msvm_VirtualSystemMigrationServiceSettingData",
    namespace=VIRTUALIZATION,
    bases=_SETTING,
    properties=properties(
        _SETTING_DATA
        + """
        EnableVirtualSystemMigration            boolean
        MaximumActiveVirtualSystemMigration     uint32
        MaximumActiveStorageMigration           uint32
        AuthenticationType                      uint32
        EnableCompression                       boolean     9600
        EnableSmbTransport                      boolean     9600
        MigTdHash                               uint8[]     28000
        MigTdMappings                           string      28000
        """
    ),
)

NETWORK_SETTING = CimClass(
    name="Msvm_VirtualSystemMigrationNetworkSettingData",
    namespace=VIRTUALIZATION,
    bases=_SETTING,
    properties=properties(
        _SETTING_DATA
        + """
        SubnetNumber            string
        PrefixLength            uint8
        Metric                  uint32
        Tags                    string[]
        """
    ),
)

MIGRATION_SETTING = CimClass(
    name="Msvm_VirtualSystemMigrationSettingData",
    namespace=VIRTUALIZATION,
    bases=("CIM_VirtualSystemMigrationSettingData", *_SETTING),
    properties=properties(
        _SETTING_DATA
        + """
        MigrationType                       uint16
        Priority                            uint16
        Bandwidth                           uint16
        BandwidthUnit                       string
        OtherTransportType                  string
        TransportType                       uint16      9600
        DestinationPlannedVirtualSystemId   string
        DestinationIPAddressList            string[]
        RetainVhdCopiesOnSource             boolean
        EnableCompression                   boolean     9600
        UnmanagedVhds                       string[]    10240
        RemoveSourceUnmanagedVhds           boolean     10240
        AllowOverwriteExistingFile          boolean     15063
        AvoidRemovingVHDs                   boolean     15063
        CancelIfBlackoutThresholdExceeded   boolean     16299
        CPUCappingMagnitude                 uint16      16299
        EnableVhdCompression                boolean     19041
        AdvancedOptions                     string      26100
        SecurityContexts                    string[]    29617
        """
    ),
)

CAPABILITIES = CimClass(
    name="Msvm_VirtualSystemMigrationCapabilities",
    namespace=VIRTUALIZATION,
    bases=("CIM_VirtualSystemMigrationCapabilities", "CIM_Capabilities", "CIM_ManagedElement"),
    properties=properties(
        _SETTING_DATA
        + """
        SynchronousMethodsSupported         uint16[]
        AsynchronousMethodsSupported        uint16[]
        DestinationHostFormatsSupported     uint16[]
        """
    ),
)

CONCRETE_JOB = CimClass(
    name="Msvm_ConcreteJob",
    namespace=VIRTUALIZATION,
    bases=("CIM_ConcreteJob", "CIM_Job", *_LOGICAL),
    properties=properties(
        _MANAGED_SYSTEM_ELEMENT.replace("InstanceID              string", "InstanceID              string  key")
        + """
        Name                    string
        JobStatus               string
        TimeSubmitted           datetime
        ScheduledStartTime      datetime
        StartTime               datetime
        ElapsedTime             datetime
        JobRunTimes             uint32
        RunMonth                uint8
        RunDay                  sint8
        RunDayOfWeek            sint8
        RunStartInterval        datetime
        LocalOrUtcTime          uint16
        UntilTime               datetime
        Notify                  string
        Owner                   string
        Priority                uint32
        PercentComplete         uint16
        DeleteOnCompletion      boolean
        ErrorCode               uint16
        ErrorDescription        string
        RecoveryAction          uint16
        OtherRecoveryAction     string
        JobState                uint16
        TimeOfLastStateChange   datetime
        TimeBeforeRemoval       datetime
        Cancellable             boolean
        ErrorSummaryDescription string
        JobType                 uint16
        """
    ),
    methods=methods(
        """
        KillJob                 in:DeleteOnKill:boolean
        RequestStateChange      in:RequestedState:uint16 in:TimeoutPeriod:datetime
        GetError                out:Error:string
        GetErrorEx              out:Errors:string[]
        """
    ),
)

SETTING_COMPONENT = CimClass(
    name="Msvm_VirtualSystemMigrationServiceSettingDataComponent",
    namespace=VIRTUALIZATION,
    bases=("CIM_Component",),
    properties=properties(
        """
        GroupComponent          ref     key
        PartComponent           ref     key
        """
    ),
)

ELEMENT_SETTING = CimClass(
    name="Msvm_ElementSettingData",
    namespace=VIRTUALIZATION,
    bases=("CIM_ElementSettingData",),
    properties=properties(
        """
        ManagedElement          ref     key
        SettingData             ref     key
        IsDefault               uint16
        IsCurrent               uint16
        IsNext                  uint16
        """
    ),
)

ERROR = CimClass(
    name="Msvm_Error",
    namespace=VIRTUALIZATION,
    bases=("CIM_Error",),
    properties=properties(
        """
        ErrorType                   uint16
        OtherErrorType              string
        OwningEntity                string
        MessageID                   string
        Message                     string
        MessageArguments            string[]
        PerceivedSeverity           uint16
        ProbableCause               uint16
        ProbableCauseDescription    string
        RecommendedActions          string[]
        ErrorSource                 string
        ErrorSourceFormat           uint16
        OtherErrorSourceFormat      string
        CIMStatusCode               uint32
        CIMStatusCodeDescription    string
        """
    ),
)

CLASSES = (
    SERVICE,
    SERVICE_SETTING,
    NETWORK_SETTING,
    MIGRATION_SETTING,
    CAPABILITIES,
    CONCRETE_JOB,
    SETTING_COMPONENT,
    ELEMENT_SETTING,
    ERROR,
)
