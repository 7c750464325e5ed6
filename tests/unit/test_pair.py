"""The plan of a pair and a mesh: which children, under which names, in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.components import mesh_inputs
from hyperv_migration.model.declaration import check
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK
from hyperv_migration.model.pair import Child, IdsOf, MeshInputs, plan_mesh, plan_pair
from hyperv_migration.model.unknown import UNKNOWN

HV01, HV02, HV03 = (f"hv0{number}.corp.example" for number in (1, 2, 3))
MVSMS = "Microsoft Virtual System Migration Service"
DECLARATIONS = {declaration.name: declaration for declaration in (HOST, NETWORK, DELEGATION)}

MESHES = st.builds(
    MeshInputs,
    hosts=st.integers(2, 5).map(lambda count: [f"HV0{number}.corp.example" for number in range(count)]),
    networks=st.sets(st.sampled_from(["192.168.10.0/24", "10.0.0.1", "fd00:10::/64"])).map(sorted),
    authentication_type=st.sampled_from(["Kerberos", "CredSSP"]),
    settings=st.fixed_dictionaries({}, optional={"performanceOption": st.just("SMB")}),
    move_storage=st.booleans(),
    file_servers=st.lists(st.just("fs01.corp.example"), max_size=1),
    delegation=st.fixed_dictionaries({}, optional={"waitForReplication": st.just("None")}),
    profile=st.none() | st.just("branch"),
)


def _mesh(*hosts: str, **inputs: Any) -> list[Child]:
    return plan_mesh("lab", MeshInputs(hosts=hosts, **inputs))


def _named(children: list[Child]) -> dict[str, Child]:
    return {child.name: child for child in children}


def test_pair_is_the_documents_scenario() -> None:
    """Both directions of delegation, the network on each host, Kerberos, and any network switched off last."""
    inputs = MeshInputs(hosts=[HV01, HV02], networks=["192.168.10.0/24"])
    delegations = ("lab-hv01-delegation", "lab-hv02-delegation")
    assert plan_pair("lab", inputs) == [
        Child(
            kind="KerberosDelegation",
            name="lab-hv01-delegation",
            inputs={"source": HV01, "destinations": [HV02], "services": ["cifs", MVSMS]},
        ),
        Child(
            kind="MigrationNetwork",
            name="lab-hv01-192.168.10.0-24",
            inputs={"computerName": HV01, "subnet": "192.168.10.0/24"},
        ),
        Child(
            kind="KerberosDelegation",
            name="lab-hv02-delegation",
            inputs={"source": HV02, "destinations": [HV01], "services": ["cifs", MVSMS]},
        ),
        Child(
            kind="MigrationNetwork",
            name="lab-hv02-192.168.10.0-24",
            inputs={"computerName": HV02, "subnet": "192.168.10.0/24"},
        ),
        *(
            Child(
                kind="MigrationHost",
                name=f"lab-{label}",
                inputs={
                    "computerName": host,
                    "enabled": True,
                    "authenticationType": "Kerberos",
                    "networks": IdsOf(names=(f"lab-{label}-192.168.10.0-24",)),
                    "useAnyNetwork": False,
                },
                after=(*delegations, f"lab-{label}-192.168.10.0-24"),
            )
            for label, host in (("hv01", HV01), ("hv02", HV02))
        ),
    ]


@given(inputs=MESHES)
def test_every_child_comes_after_those_it_refers_to(inputs: MeshInputs) -> None:
    """A face creates them in order, so a name must be known when it is met; and no name is there twice."""
    seen: set[str] = set()
    for child in plan_mesh("lab", inputs):
        referred = {name for value in child.inputs.values() if isinstance(value, IdsOf) for name in value.names}
        assert referred | set(child.after) <= seen
        assert child.name not in seen
        seen.add(child.name)


@given(inputs=MESHES)
def test_every_childs_inputs_pass_their_own_check(inputs: MeshInputs) -> None:
    """A component declares only what the resource it stands for accepts."""
    for child in plan_mesh("lab", inputs):
        known = {name: UNKNOWN if isinstance(value, IdsOf) else value for name, value in child.inputs.items()}
        assert (child.name, check(DECLARATIONS[child.kind], known)[1]) == (child.name, [])


@given(inputs=MESHES)
def test_every_host_may_delegate_to_every_other_under_kerberos_only(inputs: MeshInputs) -> None:
    """P08: only one direction set is the common mistake; CredSSP needs none (S15). One delegation per account (P25)."""
    found = {
        (child.inputs["source"], destination)
        for child in plan_mesh("lab", inputs)
        if child.kind == "KerberosDelegation" and "storage" not in child.name
        for destination in child.inputs["destinations"]
    }
    kerberos = inputs.authentication_type == "Kerberos"
    hosts = inputs.hosts if kerberos else ()
    assert found == {(source, other) for source in hosts for other in hosts if source != other}


def test_hosts_wait_for_every_delegation() -> None:
    """A host switches to Kerberos only when all accounts are ready, and back before they are taken away."""
    hosts = [child for child in _mesh(HV01, HV02, HV03) if child.kind == "MigrationHost"]
    delegations = {f"lab-hv0{number}-delegation" for number in (1, 2, 3)}
    assert [set(child.after) for child in hosts] == [delegations] * 3


def test_without_networks_the_any_network_setting_is_unmanaged() -> None:
    """No subnets named leaves the networks as they are."""
    hosts = [child for child in _mesh(HV01, HV02) if child.kind == "MigrationHost"]
    assert [{"useAnyNetwork", "networks"} & set(child.inputs) for child in hosts] == [set(), set()]


def test_memory_only_needs_no_cifs() -> None:
    """S37: cifs is for moving storage; without it the hosts get no access to each other's shares."""
    children = _named(_mesh(HV01, HV02, move_storage=False))
    assert children["lab-hv01-delegation"].inputs["services"] == [MVSMS]


def test_file_servers_are_delegated_to_for_cifs_one_write_after_the_other() -> None:
    """C30: cifs towards the file servers too; both resources write one account."""
    children = _named(_mesh(HV01, HV02, file_servers=["fs01.corp.example", "sofs01.corp.example"]))
    storage = children["lab-hv01-storage-delegation"]
    assert storage.inputs == {
        "source": HV01,
        "destinations": ["fs01.corp.example", "sofs01.corp.example"],
        "services": ["cifs"],
    }
    assert storage.after == ("lab-hv01-delegation",)
    assert "lab-hv01-storage-delegation" in children["lab-hv02"].after


def test_settings_and_profile_reach_every_child() -> None:
    """What is declared once for the component holds for all of it."""
    children = _mesh(HV01, HV02, networks=["10.0.0.0/24"], settings={"performanceOption": "SMB"}, profile="branch")
    assert {child.inputs.get("profile") for child in children} == {"branch"}
    hosts = [child.inputs for child in children if child.kind == "MigrationHost"]
    assert [inputs["performanceOption"] for inputs in hosts] == ["SMB", "SMB"]


@pytest.mark.parametrize(
    ("hosts", "labels"),
    [
        (("HV01.corp.example", "HV02.corp.example"), ["hv01", "hv02"]),
        (("HV01", "HV02"), ["hv01", "hv02"]),
        (("hv01.a.example", "hv01.b.example"), ["hv01.a.example", "hv01.b.example"]),
    ],
)
def test_children_are_named_for_the_short_name_where_it_is_unique(hosts: tuple[str, ...], labels: list[str]) -> None:
    """Child names stand in every stack's state and must not depend on the order of hosts."""
    assert [child.name for child in _mesh(*hosts) if child.kind == "MigrationHost"] == [f"lab-{it}" for it in labels]


def test_respelled_subnet_keeps_its_childs_name() -> None:
    """The name is made of the canonical form, so a respelling is no other resource."""
    names = [
        {child.name for child in _mesh(HV01, HV02, networks=[subnet])} for subnet in ("fd00:10::/64", "FD00:10:0::/64")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"hosts": [HV01]}, "two hosts or more, not 1"),
        ({"hosts": []}, "two hosts or more, not 0"),
        ({"hosts": [HV01, "HV01.corp.example."]}, r"hosts\[1\] 'HV01.corp.example.' is there twice"),
        ({"hosts": [HV01, "HV01"]}, r"hosts\[1\] 'HV01' is there twice, as hosts\[0\] too"),
        ({"hosts": ["hv01.", HV02, HV01]}, r"hosts\[2\] 'hv01.corp.example' is there twice, as hosts\[0\] too"),
        ({"hosts": [HV01, ""]}, r"hosts\[1\]: '' is empty; give the name of a computer"),
        ({"hosts": [HV01, r"LAB\hv02"]}, r"'LAB\\hv02' is no computer name"),
        ({"hosts": [HV01, HV02], "networks": ["10.0.0.0/255.255.255.0"]}, "write 10.0.0.0/24"),
        ({"hosts": [HV01, "hv*"]}, "wildcard"),
        ({"hosts": [HV01, " hv02"]}, r"hosts\[1\]: ' hv02' begins or ends with a blank"),
        (
            {"hosts": [HV01, "hv02-.corp.example"]},
            r"hosts\[1\]: 'hv02-.corp.example' has a part that begins or ends with a",
        ),
        ({"hosts": [HV01, "10.127.0.5"]}, r"hosts\[1\]: '10.127.0.5' is an address"),
        (
            {"hosts": [HV01, HV02], "file_servers": ["fs01.corp.example", "10.0.0.9"]},
            r"fileServers\[1\]: '10.0.0.9' is an",
        ),
        ({"hosts": [HV01, HV02], "authentication_type": "NTLM"}, "Kerberos or CredSSP, not 'NTLM'"),
        ({"hosts": [HV01, HV02], "networks": ["10.0.0.1", "10.0.0.1/32"]}, "one subnet twice"),
        ({"hosts": [HV01, HV02], "networks": ["10.0.0.1/24"]}, "host bits"),
    ],
)
def test_plan_that_cannot_be_is_refused(inputs: dict[str, Any], reason: str) -> None:
    """A component stops in the program itself, before any child is declared."""
    with pytest.raises(InvalidInput, match=reason):
        plan_mesh("lab", MeshInputs(**inputs))


def test_without_kerberos_hosts_may_be_named_by_address() -> None:
    """CredSSP asks the directory for nothing, so no account and no domain is made of the name."""
    assert len(_mesh("10.0.0.1", "10.0.0.2", authentication_type="CredSSP")) == 2


def test_pair_has_two_hosts() -> None:
    """More hosts are a mesh, and the message says so."""
    with pytest.raises(InvalidInput, match="two hosts, not 3; use MigrationMesh"):
        plan_pair("lab", MeshInputs(hosts=[HV01, HV02, HV03]))


def test_options_of_a_delegation_reach_every_delegation() -> None:
    """That of the hosts, and that of the file servers."""
    given = {"hosts": [HV01, HV02], "fileServers": ["dc1.corp.example"], "allowDomainController": True}
    children = [child for child in plan_pair("lab", mesh_inputs(given)) if child.kind == "KerberosDelegation"]
    assert [child.inputs["allowDomainController"] for child in children] == [True] * 4
