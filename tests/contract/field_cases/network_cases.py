"""Cases of migration networks."""

from __future__ import annotations

from contract.field_cases.player import Case, Step, host, network
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network

_LAB = "192.168.10.0/24"
_NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)


def _removed_by_hand(lab: Lab) -> None:
    lab.hosts["HV01"].remove_network(_LAB)


NETWORK_CASES = (
    Case(
        number="C01",
        source="ansible-collections/microsoft.hyperv tests/integration/targets/hv_migration_network/tasks/tests.yml",
        says="check, add, again, another priority, remove, again",
        steps=(
            Step(do="preview", program=network(_LAB, priority=15), networks=()),
            Step(do="up", writes=1, networks=("192.168.10.0/24 15",)),
            Step(do="up", networks=("192.168.10.0/24 15",)),
            Step(do="preview", program=network(_LAB, priority=5), changed=("priority",)),
            Step(do="up", writes=1, networks=("192.168.10.0/24 5",)),
            Step(do="preview", changed=()),
            Step(do="destroy", writes=1, networks=()),
            Step(do="destroy", networks=()),
        ),
    ),
    Case(
        number="C03",
        source="MicrosoftDocs/windows-powershell-docs docset/winserver2025-ps/Hyper-V/Add-VMMigrationNetwork.md",
        says="an address alone is a network of one",
        steps=(
            Step(do="up", program=network("192.168.0.1"), writes=1, networks=("192.168.0.1/32 0",)),
            Step(do="refresh"),
            Step(do="preview", changed=()),
        ),
    ),
    Case(
        number="C03",
        source="MicrosoftDocs/windows-powershell-docs docset/winserver2025-ps/Hyper-V/Add-VMMigrationNetwork.md",
        says="an IPv6 subnet with a priority, and no difference ever after",
        steps=(
            Step(
                do="up",
                program=network("2001:836c:6456:1c99::/64", priority=8),
                writes=1,
                networks=("2001:836c:6456:1c99::/64 8",),
                warns="not encrypted",
            ),
            Step(do="refresh"),
            Step(do="preview", changed=()),
        ),
    ),
    Case(
        number="C03",
        source="MicrosoftDocs/windows-powershell-docs docset/winserver2025-ps/Hyper-V/Add-VMMigrationNetwork.md",
        says="the page's own subnet has host bits, and the message shows the subnet that was meant",
        steps=(Step(do="up", program=network("2001:836c:6456:1c99::/32"), fails="2001:836c::/32", networks=()),),
    ),
    Case(
        number="C06",
        source="the source document, Set-VMMigrationNetwork 192.168.10.1",
        says="the pasted line edits nothing on a host without an entry; the resource adds it",
        steps=(Step(do="up", program=network("192.168.10.1"), writes=1, networks=("192.168.10.1/32 0",)),),
    ),
    Case(
        number="C11",
        source="technology-toolbox/Notebook Infrastructure/ANGEL (old) - Windows Server 2012 R2.md",
        says="the host's own address as a network of one, on Windows Server 2012 R2",
        host=Host(name="HV01", build=9600, listener_addresses=("192.168.10.107",)),
        steps=(
            Step(do="up", program=network("192.168.10.107"), writes=1, networks=("192.168.10.107/32 0",)),
            Step(do="destroy", writes=1, networks=()),
        ),
    ),
    Case(
        number="C13",
        source="technology-toolbox/Notebook TT-HV02A",
        says="named networks beside any network are allowed, and ignored with a warning",
        host=Host(
            name="HV01",
            networks=tuple(Network(subnet_number=f"10.1.{third}.0", prefix_length=24) for third in (10, 11)),
        ),
        steps=(
            Step(
                do="up",
                program=host(enabled=True, useAnyNetwork=True),
                writes=3,
                warns="named networks are ignored",
                networks=("10.1.10.0/24 0", "10.1.11.0/24 0", "0.0.0.0/0 0", "::/0 0"),
            ),
            Step(do="destroy", writes=3, networks=("10.1.10.0/24 0", "10.1.11.0/24 0")),
        ),
    ),
    Case(
        number="C45",
        source="taliesins/terraform-provider-hyperv internal/provider/resource_hyperv_network_switch.go (read path)",
        says="removed by somebody else: a refresh says so, and up adds it again",
        steps=(
            Step(do="up", program=network(_LAB), writes=1, networks=("192.168.10.0/24 0",)),
            Step(do="hand", by_hand=_removed_by_hand),
            Step(do="refresh"),
            Step(do="up", writes=1, networks=("192.168.10.0/24 0",)),
        ),
    ),
    Case(
        number="P16",
        source="Remove-VMMigrationNetwork's page: 192.168.* and * remove every entry that matches",
        says="a wildcard is refused before anything is sent",
        host=Host(name="HV01", networks=(_NAMED,)),
        steps=(Step(do="up", program=network("192.168.*"), fails="wildcard", networks=("192.168.10.0/24 0",)),),
    ),
    Case(
        number="P17",
        source="Move It scripts: address, address/32 and host bits compared as text",
        says="spelled in another way it is the same network, with nothing to write",
        steps=(
            Step(do="up", program=network("fd00:10:0:0::/64"), writes=1),
            Step(do="up", program=network("FD00:10::/64"), writes=0),
            Step(do="refresh"),
            Step(do="preview", changed=()),
        ),
    ),
    Case(
        number="P18",
        source="Move It scripts and MSLab: entries that Network ATC or a cluster manages",
        says="an entry of the cluster is neither adopted nor touched, and ours stands beside it",
        host=Host(
            name="HV01",
            clustered=True,
            networks=(
                Network(subnet_number="10.0.0.0", prefix_length=24, metric=5000, tags=("Microsoft:ClusterManaged",)),
            ),
        ),
        steps=(
            Step(do="up", program=network(_LAB), fails="failover cluster", networks=("10.0.0.0/24 5000",)),
            Step(
                do="up",
                program=network("10.0.0.0/24", allowClustered=True),
                fails="managed by the failover cluster",
                networks=("10.0.0.0/24 5000",),
            ),
            Step(
                do="up",
                program=network(_LAB, allowClustered=True),
                writes=1,
                networks=("10.0.0.0/24 5000", "192.168.10.0/24 0"),
            ),
            Step(do="destroy", writes=1, networks=("10.0.0.0/24 5000",)),
        ),
    ),
)
