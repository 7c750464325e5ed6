"""Service principal names: how they are made for a host, compared, and found through the HOST alias."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import InvalidInput

CIFS = "cifs"
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"

HOST_ALIASES = frozenset(
    [
        "alerter",
        "appmgmt",
        "browser",
        "cifs",
        "cisvc",
        "clipsrv",
        "dcom",
        "dhcp",
        "dmserver",
        "dns",
        "dnscache",
        "eventlog",
        "eventsystem",
        "fax",
        "http",
        "ias",
        "iisadmin",
        "mcsvc",
        "messenger",
        "msdtc",
        "msiserver",
        "netdde",
        "netddedsm",
        "netlogon",
        "netman",
        "nmagent",
        "oakley",
        "plugplay",
        "policyagent",
        "protectedstorage",
        "rasman",
        "remoteaccess",
        "replicator",
        "rpc",
        "rpclocator",
        "rpcss",
        "rsvp",
        "samss",
        "scardsvr",
        "scesrv",
        "schedule",
        "scm",
        "seclogon",
        "snmp",
        "spooler",
        "tapisrv",
        "time",
        "trksvr",
        "trkwks",
        "ups",
        "w3svc",
        "wins",
        "www",
    ]
)
"""Service classes that a KDC finds under HOST when they are not registered themselves (sPNMappings' default)."""


def key(name: str) -> str:
    """Return the form in which two spellings of one name are equal; the KDC ignores case (active-directory.md, 10)."""
    return name.casefold()


def keys(names: Iterable[str]) -> frozenset[str]:
    """Return the comparison forms of several names."""
    return frozenset(key(name) for name in names)


def listed_as(names: Iterable[str], listed: Sequence[str]) -> tuple[str, ...]:
    """Return the values of a list that these names mean: exactly the name where it is there, else what only case tells apart."""
    wanted = set(names)
    respelled = keys(wanted - set(listed))
    return tuple(value for value in listed if value in wanted or key(value) in respelled)


def alike(name: str) -> str:
    """Return the form in which a directory may take two values of a list for one when it deletes one of them.

    Samba folds blanks at the ends and doubled ones, so that a delete of ``cifs/hv02`` takes ``cifs/HV02 `` that stands before it.
    """
    return " ".join(key(name).split())


def validate_services(services: Sequence[str]) -> None:
    """Refuse what is no service class: a whole SPN, a wildcard, a class twice."""
    seen: set[str] = set()
    for index, service in enumerate(services):
        where = f"services[{index}]"
        if "/" in service:
            raise InvalidInput(
                f"{where} is a whole service principal name; give its class only, the part before the /",
                property_name=where,
            )
        if "*" in service or not service.isprintable() or service != service.strip():
            raise InvalidInput(f"{where} {service!r} is no service class, such as cifs", property_name=where)
        if key(service) in seen:
            raise InvalidInput(f"{where} {service!r} is there twice", property_name=where)
        seen.add(key(service))


def names_of(account: ComputerAccount, services: Iterable[str]) -> tuple[str, ...]:
    """Return the names a delegation to this account lists: short name and FQDN for each service.

    Both forms are needed, because the KDC compares the requested string and expands no alias (active-directory.md, 9).
    """
    hosts = [account.short_name, *([account.dns_host_name] if account.dns_host_name else [])]
    return tuple(f"{service}/{host}" for service in services for host in dict.fromkeys(hosts))


def host_alias(name: str) -> str | None:
    """Return the HOST name under which a KDC looks further when this one is not registered; None if it does not."""
    service, separator, host = name.partition("/")
    return f"HOST/{host}" if separator and key(service) in HOST_ALIASES else None


def lookups(names: Iterable[str]) -> tuple[str, ...]:
    """Return every name to search for in order to learn who owns these names, aliases included."""
    wanted: dict[str, str] = {}
    for name in names:
        for form in (name, host_alias(name)):
            if form is not None:
                wanted.setdefault(key(form), form)
    return tuple(wanted.values())


def by_key(found: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return what was found of each name under the name's folded form, as `owners` asks for it."""
    return {key(form): tuple(accounts) for form, accounts in found.items()}


def owners(name: str, carriers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the accounts a ticket for this name could go to: those that carry it, else those of its HOST alias."""
    direct = carriers.get(key(name), ())
    alias = host_alias(name)
    return tuple(direct or (carriers.get(key(alias), ()) if alias else ()))
