"""What an administrator should know of a MigrationNetwork beside its properties."""

from __future__ import annotations

from hyperv_migration.model.guide import Guide

NETWORK_GUIDE = Guide(
    example={"computerName": "hv01.corp.example", "subnet": "192.168.10.0/24", "priority": 1},
    identity="host/address/prefix, such as hv01.corp.example/192.168.10.0/24",
    import_id=(
        "The id, or host/address where only one entry has that address. The entry counts as found, so destroy leaves it, "
        "unless onDestroy says Remove."
    ),
    replacement=(
        "Another host or another subnet: the new entry is added first, and the old one removed afterwards, so "
        "that something always listens. Another spelling of the same subnet or host is an update without a write."
    ),
    refusals=(
        (
            "the subnet has host bits set (the message shows the subnet that was meant), a wildcard or a zone id, is "
            "loopback, link-local, multicast or IPv4-mapped, or is every network: told in the preview, before anything is sent"
        ),
        "the host is a node of a failover cluster, whose own tools manage networks (lifted by allowClustered)",
        (
            "the migration service does not show itself within winrm.readyTimeout: vmms is starting still, or hides it "
            "from an account without rights"
        ),
        "the host offers no live migration",
        "the host lists the subnet as managed by a cluster or another tool",
        "the host lists the subnet more than once",
        "the program has a MigrationNetwork for the same subnet and host already",
    ),
    warnings=(
        "the subnet is a public range: migration traffic is not encrypted",
        "destroy finds a priority that somebody else has changed, and leaves it",
        "the last entry of the list goes and live migration is on: the host then listens nowhere",
    ),
    remarks=(
        (
            "Spelling",
            (
                "Subnets are compared in canonical form, never as text: `192.168.10.1` is `192.168.10.1/32`, and "
                "`FD00:0:0::/64` is `fd00::/64`."
            ),
        ),
        ("Found entries", "An entry that is there already is adopted: it stays on destroy, with the priority it had."),
        (
            "Two who add one subnet",
            (
                "Two stacks or people who add one subnet at the same moment make two entries. One stays: ours is taken away and "
                "the other one is adopted, or the other one gives way. Where nothing tells which is whose (no priority is "
                "declared and their metrics differ), both stay and the operation fails, saying so. Two stacks that declare one "
                "subnet for good overwrite each other's priority, and the one that added the entry removes it."
            ),
        ),
        (
            "Entries of others",
            "Those that a cluster manages, and those this program does not declare, are never touched.",
        ),
        (
            "A listener that is not up yet",
            (
                "Adding a network whose address is still being checked (0x80072741) is tried "
                "again for up to winrm.readyTimeout."
            ),
        ),
        (
            "Set-VMMigrationNetwork",
            (
                "The cmdlet edits an entry and cannot make one, although pages show it so. This "
                "resource adds, edits or leaves, by what it finds."
            ),
        ),
    ),
)
