"""What the demo starts from: two hosts and a domain as an administrator might find them, not freshly installed."""

from __future__ import annotations

import secrets

from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Network, Scenario

ADMINISTRATOR = "administrator"
DOMAIN = "lab.test"

_ANY = (
    Network(subnet_number="0.0.0.0", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),  # noqa: S104
    Network(subnet_number="::0", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),
)


def new_password() -> str:
    """Make up the password of this run, so that it can be searched for afterwards."""
    return f"Demo:{secrets.token_urlsafe(12)}"


def found_hosts(password: str) -> Scenario:
    """HV01 delegates to a file server already and has a network for backups; HV02 migrates over any network.

    HV02 is the newer one, answers with jobs, and spells the IPv6 half of "any network" in the other way.
    """
    return Scenario(
        domain=DOMAIN,
        netbios="LAB",
        accounts=(Account(name=ADMINISTRATOR, password=password),),
        directory=Directory(),
        computers=(Computer(name="FS01", service_principal_names=("cifs/FS01", f"cifs/fs01.{DOMAIN}")),),
        hosts=(
            Host(
                name="HV01",
                listener_addresses=("192.168.10.11",),
                networks=(Network(subnet_number="10.0.50.0", prefix_length=24, metric=5),),
                allowed_to_delegate_to=("cifs/FS01", f"cifs/fs01.{DOMAIN}"),
            ),
            Host(
                name="HV02",
                build=26100,
                listener_addresses=("192.168.10.12",),
                networks=_ANY,
                jobs=True,
                options=Options(any_network_v6="::0"),
            ),
        ),
    )
