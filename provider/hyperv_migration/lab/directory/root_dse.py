"""The rootDSE: what a domain controller says of itself to anybody (MS-ADTS 3.1.1.3.2)."""

from __future__ import annotations

from datetime import UTC, datetime

from hyperv_migration.lab.directory import messages
from hyperv_migration.lab.directory.controller import DomainController
from hyperv_migration.lab.directory.syntaxes import generalized_time

PAGED_RESULTS = "1.2.840.113556.1.4.319"
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"
DOMAIN_SCOPE = "1.2.840.113556.1.4.1339"
SHOW_DELETED = "1.2.840.113556.1.4.417"
SECURITY_DESCRIPTOR_FLAGS = "1.2.840.113556.1.4.801"
START_TLS = "1.3.6.1.4.1.1466.20037"
WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
SUPPORTED_CONTROLS = (PAGED_RESULTS, SECURITY_DESCRIPTOR_FLAGS, SHOW_DELETED, DOMAIN_SCOPE, PERMISSIVE_MODIFY)

_ACTIVE_DIRECTORY_CAPABILITIES: tuple[str, ...] = (
    "1.2.840.113556.1.4.800",  # Active Directory
    "1.2.840.113556.1.4.1670",  # of Windows Server 2003 or later
    "1.2.840.113556.1.4.1791",  # signing and sealing after an NTLM bind
    "1.2.840.113556.1.4.1935",  # of Windows Server 2008 or later
    "1.2.840.113556.1.4.2080",  # of Windows Server 2008 R2 or later
    "1.2.840.113556.1.4.2237",  # of Windows Server 2012 or later
)
_READ_ONLY_CAPABILITY = "1.2.840.113556.1.4.1920"


def root_dse(controller: DomainController) -> dict[str, list[bytes]]:
    """Give the attributes of the rootDSE as of now."""
    population, database, scenario = controller.population, controller.database, controller.scenario
    capabilities = _ACTIVE_DIRECTORY_CAPABILITIES
    if controller.behaviour.read_only:
        capabilities = (*capabilities, _READ_ONLY_CAPABILITY)
    extensions = (START_TLS, WHO_AM_I) if controller.behaviour.offers_who_am_i else (START_TLS,)
    rows: dict[str, tuple[str, ...]] = {
        "configurationNamingContext": (str(population.configuration),),
        "currentTime": (generalized_time(datetime.now(UTC)).decode(),),
        "defaultNamingContext": (str(population.domain),),
        "dnsHostName": (controller.host_name,),
        "domainControllerFunctionality": ("7",),
        "domainFunctionality": ("7",),
        "dsServiceName": (str(population.settings),),
        "forestFunctionality": ("7",),
        "highestCommittedUSN": (str(database.usn),),
        "isGlobalCatalogReady": ("TRUE",),
        "isSynchronized": ("TRUE",),
        "ldapServiceName": (f"{scenario.domain}:{population.controller.lower()}$@{scenario.domain.upper()}",),
        "namingContexts": tuple(str(each) for each in reversed(database.contexts)),
        "rootDomainNamingContext": (str(population.domain),),
        "schemaNamingContext": (str(population.schema),),
        "serverName": (str(population.server),),
        "subschemaSubentry": (str(population.schema.child("CN", "Aggregate")),),
        "supportedCapabilities": capabilities,
        "supportedControl": SUPPORTED_CONTROLS,
        "supportedExtension": extensions,
        "supportedLDAPPolicies": ("MaxPageSize", "MaxValRange", "MaxReceiveBuffer"),
        "supportedLDAPVersion": ("3",),
        "supportedSASLMechanisms": ("GSS-SPNEGO",),
    }
    return {name: [value.encode() for value in values] for name, values in rows.items()}


def read_root_dse(controller: DomainController, request: messages.Search) -> list[messages.Response]:
    """Answer a base search of the empty name."""
    everything = root_dse(controller)
    wanted = {name.lower() for name in request.attributes}
    chosen = (
        everything
        if not wanted or wanted & {"*", "+"}
        else {name: values for name, values in everything.items() if name.lower() in wanted}
    )
    attributes = tuple((name, () if request.types_only else tuple(values)) for name, values in chosen.items())
    return [messages.FoundEntry("", attributes)]
