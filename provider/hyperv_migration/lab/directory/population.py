"""The directory a scenario describes: the domain, its accounts and computers, and the configuration around them."""

from __future__ import annotations

import hashlib
import uuid

from hyperv_migration.lab.directory.database import Database
from hyperv_migration.lab.directory.entries import Entry, classes_of
from hyperv_migration.lab.directory.names import Name
from hyperv_migration.lab.directory.schema import CLASSES, class_chain, subschema
from hyperv_migration.lab.directory.syntaxes import sid_from_text
from hyperv_migration.lab.scenario import MIGRATION_SERVICE, Account, Scenario

SERVER_TRUST, WORKSTATION_TRUST, NORMAL_ACCOUNT = 0x2000, 0x1000, 0x200
_TRUSTED_FOR_DELEGATION = 0x80000
_DONT_EXPIRE_PASSWORD = 0x10000
_FUNCTIONAL_LEVEL = 7
"""Windows Server 2016, the highest below 2025."""
_SITE = "Default-First-Site-Name"
HYPERV_SERVICES = (MIGRATION_SERVICE, "Hyper-V Replica Service", "Microsoft Virtual Console Service")
"""What vmms registers on its host's account when it starts (active-directory.md, 46)."""
HOST_ALIASES = frozenset(
    {
        "alerter",
        "appmgmt",
        "cisvc",
        "clipsrv",
        "browser",
        "dhcp",
        "dnscache",
        "replicator",
        "eventlog",
        "eventsystem",
        "policyagent",
        "oakley",
        "dmserver",
        "dns",
        "mcsvc",
        "fax",
        "msiserver",
        "ias",
        "messenger",
        "netlogon",
        "netman",
        "netdde",
        "netddedsm",
        "nmagent",
        "plugplay",
        "protectedstorage",
        "rasman",
        "rpclocator",
        "rpc",
        "rpcss",
        "remoteaccess",
        "rsvp",
        "samss",
        "scardsvr",
        "scesrv",
        "seclogon",
        "scm",
        "dcom",
        "cifs",
        "spooler",
        "snmp",
        "schedule",
        "tapisrv",
        "trksvr",
        "trkwks",
        "ups",
        "time",
        "wins",
        "www",
        "http",
        "w3svc",
        "iisadmin",
        "msdtc",
    }
)
"""The service classes that HOST stands for, as sPNMappings lists them."""

_WELL_KNOWN_GROUPS = (("Domain Admins", 512), ("Domain Users", 513), ("Domain Computers", 515))
_DOMAIN_CONTROLLERS = ("Domain Controllers", 516)


def account_type(control: int) -> int:
    """Give the sAMAccountType that goes with a userAccountControl (MS-SAMR 3.1.1.8.10)."""
    return 0x30000000 if control & NORMAL_ACCOUNT else 0x30000001


def _invocation_of(server: Name) -> bytes:
    """Give the identity of a domain controller's database."""
    return uuid.uuid5(uuid.NAMESPACE_X500, f"invocation of {server}").bytes_le


def short_name(name: str) -> str:
    """Give the NetBIOS name of a computer, from its short name or its FQDN."""
    return name.partition(".")[0].upper()


class Population:
    """Fills a database; identities derive from the domain's name, so that a lab started again has the same ones."""

    def __init__(self, scenario: Scenario, host_name: str, *, read_only: bool = False) -> None:
        self.scenario = scenario
        self.domain = Name(tuple(("DC", label) for label in scenario.domain.split(".")))
        self.configuration = self.domain.child("CN", "Configuration")
        self.schema = self.configuration.child("CN", "Schema")
        self.read_only = read_only
        self.controller = short_name(host_name)
        self.site = self.configuration.child("CN", "Sites").child("CN", _SITE)
        self.server = self._server_of(self.controller)
        self.settings = self.server.child("CN", "NTDS Settings")
        self.controller_account = self._account_of(self.controller)
        self.database = Database(self.domain, self.configuration, self.schema, _invocation_of(self.server))
        numbers = hashlib.sha256(scenario.domain.encode()).digest()
        self._domain_sid = "-".join(
            ["S-1-5-21", *(str(int.from_bytes(numbers[at : at + 4]) | 1 << 29) for at in (0, 4, 8))]
        )

    def fill(self) -> Database:
        """Make every object of the scenario."""
        self._domain_objects()
        self._configuration_objects()
        replica = self.scenario.directory.replica if self.scenario.directory is not None else None
        for rid, name in enumerate([self.controller, *([short_name(replica.host_name)] if replica else [])], 1000):
            self._controller_objects(name, rid)
        for account in self.scenario.accounts:
            self._user(account)
        for host in self.scenario.hosts:
            if host.domain_joined:
                services = HYPERV_SERVICES if host.role_installed else ()
                self.computer(host.name, services, (), host.user_account_control, host.allowed_to_delegate_to)
        for other in self.scenario.computers:
            self.computer(
                other.name, (), other.service_principal_names, other.user_account_control, other.allowed_to_delegate_to
            )
        return self.database

    def new(self, name: Name, class_name: str, rid: int | None = None) -> Entry:
        """Make an object with what every object has; it is not stored yet."""
        context = self.database.context_of(name)
        assert context is not None  # noqa: S101 - only names of this directory are made here
        entry = Entry(name, context, {})
        entry.put("objectClass", *classes_of(class_name))
        category = CLASSES[class_chain(class_name)[-1].name.lower()].category
        entry.put("objectCategory", str(self.schema.child("CN", category)))
        entry.put("instanceType", 5 if name == context else 4)
        attribute, value = name.parts[0]
        entry.put({"CN": "cn", "OU": "ou", "DC": "dc"}[attribute.upper()], value)
        if rid is not None:
            entry.put("objectSid", sid_from_text(f"{self._domain_sid}-{rid}"))
        return entry

    def store(self, entry: Entry) -> Entry:
        """Store an object of the beginning, under its lasting identity."""
        self.database.add(entry, "setup", guid=uuid.uuid5(uuid.NAMESPACE_X500, str(entry.name).casefold()))
        return entry

    def computer(
        self, name: str, services: tuple[str, ...], extra: tuple[str, ...], control: int, delegated: tuple[str, ...]
    ) -> Entry:
        """Make and store the account of a member server."""
        short, full = short_name(name), f"{short_name(name).lower()}.{self.scenario.domain}"
        entry = self.new(self.domain.child("CN", "Computers").child("CN", short), "computer")
        entry.put("objectSid", self.database.next_sid())
        self._account(entry, f"{short}$", control, 515)
        entry.put("dNSHostName", full)
        both = [f"{service}/{form}" for service in ("HOST", *services) for form in (short, full)]
        entry.put("servicePrincipalName", *both, *extra)
        if delegated:
            entry.put("msDS-AllowedToDelegateTo", *delegated)
        return self.store(entry)

    @staticmethod
    def _account(entry: Entry, account_name: str, control: int, group: int) -> None:
        entry.put("sAMAccountName", account_name)
        entry.put("userAccountControl", control)
        entry.put("sAMAccountType", account_type(control))
        entry.put("primaryGroupID", group)
        entry.put("pwdLastSet", "133500000000000000")
        entry.put("accountExpires", (1 << 63) - 1)

    def _user(self, account: Account) -> None:
        entry = self.new(self.domain.child("CN", "Users").child("CN", account.name), "user")
        entry.put("objectSid", self.database.next_sid())
        self._account(entry, account.name, NORMAL_ACCOUNT | _DONT_EXPIRE_PASSWORD, 513)
        entry.put("userPrincipalName", f"{account.name}@{self.scenario.domain}")
        if account.administrator and account.enable_delegation:
            group = self.database.find(self.domain.child("CN", "Users").child("CN", "Domain Admins"))
            assert group is not None  # noqa: S101 - made with the domain
            entry.put("memberOf", str(group.name))
            group.put("member", *group.get("member"), str(entry.name))
        self.store(entry)

    def _domain_objects(self) -> None:
        head = self.new(self.domain, "domainDNS")
        head.put("objectSid", sid_from_text(self._domain_sid))
        head.put("fSMORoleOwner", str(self.settings))
        head.put("msDS-Behavior-Version", _FUNCTIONAL_LEVEL)
        self.store(head)
        for container in ("Users", "Computers", "Managed Service Accounts"):
            self.store(self.new(self.domain.child("CN", container), "container"))
        self.store(self.new(self.domain.child("OU", "Domain Controllers"), "organizationalUnit"))
        for name, rid in (*_WELL_KNOWN_GROUPS, _DOMAIN_CONTROLLERS):
            group = self.new(self.domain.child("CN", "Users").child("CN", name), "group", rid)
            group.put("sAMAccountName", name)
            group.put("sAMAccountType", 0x10000000)
            group.put("groupType", -2147483646)
            self.store(group)

    def _configuration_objects(self) -> None:
        sites = self.configuration.child("CN", "Sites")
        services = self.configuration.child("CN", "Services")
        partitions = self.configuration.child("CN", "Partitions")
        windows = services.child("CN", "Windows NT")
        for name, class_name in (
            (self.configuration, "configuration"),
            (self.schema, "dMD"),
            (sites, "sitesContainer"),
            (self.site, "site"),
            (self.site.child("CN", "Servers"), "serversContainer"),
            (sites.child("CN", "Subnets"), "subnetContainer"),
            (self.schema.child("CN", "Aggregate"), "subSchema"),
            (services, "container"),
            (windows, "container"),
            (partitions, "crossRefContainer"),
        ):
            entry = self.new(name, class_name)
            if class_name in ("dMD", "crossRefContainer"):
                entry.put("fSMORoleOwner", str(self.settings))
            for attribute_name, values in subschema().items() if class_name == "subSchema" else ():
                entry.put(attribute_name, *values)
            self.store(entry)
        service = self.new(windows.child("CN", "Directory Service"), "nTDSService")
        service.put("sPNMappings", "host=" + ",".join(sorted(HOST_ALIASES)))
        self.store(service)
        for label, context in ((self.scenario.netbios, self.domain), ("Enterprise Configuration", self.configuration)):
            reference = self.new(partitions.child("CN", label), "crossRef")
            reference.put("nCName", str(context))
            reference.put("dnsRoot", self.scenario.domain)
            reference.put("systemFlags", 3 if context == self.domain else 1)
            if context == self.domain:
                reference.put("nETBIOSName", self.scenario.netbios)
            self.store(reference)

    def _server_of(self, controller: str) -> Name:
        return self.site.child("CN", "Servers").child("CN", controller)

    def _account_of(self, controller: str) -> Name:
        return self.domain.child("OU", "Domain Controllers").child("CN", controller)

    def _controller_objects(self, controller: str, rid: int) -> None:
        """Make a domain controller's account and its place among the sites (active-directory.md, 6 and 54-56)."""
        full = f"{controller.lower()}.{self.scenario.domain}"
        account = self.new(self._account_of(controller), "computer", rid)
        control = 0x5001000 if self.read_only else SERVER_TRUST | _TRUSTED_FOR_DELEGATION
        self._account(account, f"{controller}$", control, 521 if self.read_only else 516)
        account.put("dNSHostName", full)
        account.put(
            "servicePrincipalName",
            *(f"{service}/{form}" for service in ("HOST", "ldap", "GC") for form in (controller, full)),
        )
        account.put("serverReferenceBL", str(self._server_of(controller)))
        self.store(account)
        server = self.new(self._server_of(controller), "server")
        server.put("dNSHostName", full)
        server.put("serverReference", str(account.name))
        self.store(server)
        settings = self.new(server.name.child("CN", "NTDS Settings"), "nTDSDSA")
        settings.put("options", 1)
        settings.put("invocationId", _invocation_of(server.name))
        settings.put("msDS-Behavior-Version", _FUNCTIONAL_LEVEL)
        settings.put("msDS-HasDomainNCs", str(self.domain))
        if not self.read_only:
            for name in ("hasMasterNCs", "msDS-hasMasterNCs"):
                settings.put(name, *(str(context) for context in (self.configuration, self.schema, self.domain)))
        self.store(settings)
