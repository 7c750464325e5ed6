"""What an administrator should know of a MigrationHost beside its properties."""

from __future__ import annotations

from hyperv_migration.model.guide import Guide

HOST_GUIDE = Guide(
    example={
        "computerName": "hv01.corp.example",
        "enabled": True,
        "authenticationType": "Kerberos",
        "performanceOption": "Compression",
        "maximumVirtualMachineMigrations": 2,
        "maximumStorageMigrations": 2,
        "useAnyNetwork": False,
        "networks": ["hv01.corp.example/192.168.10.0/24"],
    },
    identity="the host's own FQDN, lower case; the short name of a workgroup computer",
    import_id=(
        "Any name under which the host's WinRM answers. Every setting becomes declared and none counts as changed, so "
        "destroy leaves the host as it is, unless onDestroy says Disable."
    ),
    replacement=(
        "Another computerName is another host: the new one is reached and configured first, and the old one put back "
        "afterwards. Another spelling of the same host (its "
        "short name, its FQDN, an alias that leads to it) writes nothing."
    ),
    refusals=(
        "computerName can be no DNS name and is no IPv4 address: told in the preview, before anything is sent",
        "the host is a node of a failover cluster, whose own tools manage live migration (lifted by allowClustered)",
        "`enabled` is true on a workgroup computer",
        "Hyper-V is not installed",
        (
            "this edition offers no live migration, and a setting other than maximumStorageMigrations is declared, as the "
            "cmdlets refuse it"
        ),
        (
            "the migration service does not show itself within winrm.readyTimeout: vmms is starting still, or hides it from "
            "an account without rights"
        ),
        "authenticationType is CredSSP and Credential Guard runs (lifted by allowCredSspWithCredentialGuard)",
        (
            "useAnyNetwork is false and the host lists no named network, or lacks one that `networks` names: it would listen "
            "nowhere"
        ),
        "`enabled` is false and live migrations are still running when the operation's time is over",
        "the build of Windows does not have a declared setting",
        "the program has a MigrationHost for the same machine already",
    ),
    warnings=(
        (
            "the account may not see whether the host is clustered, or whether Credential Guard runs under CredSSP: what "
            "cannot be seen is no reason to refuse"
        ),
        "useAnyNetwork is true beside named networks, which are then ignored",
        "live migration is on and the list of migration networks is empty: the host listens nowhere",
        "live migration is on, Credential Guard runs, and the host uses CredSSP, which is not declared",
        "performanceOption is SMB and the host shows its network adapters, none of which has RDMA on: Compression is faster",
        "destroy finds a setting that somebody else has changed, and leaves it",
        "an answer was lost after a write, and the host was read again",
    ),
    remarks=(
        (
            "Unset is unmanaged",
            (
                "A setting that is not declared is never written. `false` and `0` are values. A setting taken "
                "out of the program is released: it keeps its live value, and what was found before is forgotten. "
                "useAnyNetwork is the exception: it goes back to what was found, entry by entry, before the named networks of "
                "the program go. Where that would leave an enabled host with an empty list, it stays true until a named "
                "network is there or the resource is destroyed."
            ),
        ),
        (
            "Name or address",
            (
                "An IPv4 address is taken as computerName too, where the sign-in needs no name, as with NTLM. Kerberos and "
                "delegations need names, so MigrationPair and MigrationMesh refuse addresses unless authenticationType is "
                "CredSSP. Better give the name here, and the address in the setting `addresses`."
            ),
        ),
        (
            "Order",
            (
                "The any-network pair is taken away last and brought back first, so that something always listens. Pass the "
                "ids of the host's MigrationNetwork resources in `networks`, so that the host comes after them. The last entry "
                "may still be taken away, by a MigrationNetwork that goes or by hand: a delete is never refused. Then the "
                "delete, every read and every update of the host warn, and readiness says no."
            ),
        ),
        (
            "Other writers",
            (
                "Hyper-V takes its settings as a whole, so a write of one sends all. They are read directly before, and read "
                "back. What somebody else sets within that one round trip is overwritten, and nobody is told. Engines of one "
                "user on one machine take turns at a host. Do not manage one host from two stacks."
            ),
        ),
        (
            "Switching off",
            (
                "`enabled` false waits for live migrations that are running, then fails with nothing changed if "
                "they do not end."
            ),
        ),
        (
            "CredSSP",
            (
                "Under CredSSP a migration works only for somebody signed in on the source host; the output "
                "signInRequired says so. With Kerberos no sign-in is needed, but a KerberosDelegation in each direction."
            ),
        ),
    ),
)
