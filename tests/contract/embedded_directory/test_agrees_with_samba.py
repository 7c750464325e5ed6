"""The same requests to a real Samba domain controller and to the embedded directory: the same answers.

The embedded directory behaves as Samba here; where Windows differs, `Behaviour` has a switch and another module has
the tests.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract.embedded_directory.people import DOMAIN, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import SAMBA, EmbeddedDirectory
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Scenario
from support.samba import Domain

pytestmark = pytest.mark.samba

ADD, DELETE, REPLACE, INCREMENT = "MODIFY_ADD", "MODIFY_DELETE", "MODIFY_REPLACE", "MODIFY_INCREMENT"
CONTROL, DELEGATED, SPNS = "userAccountControl", "msDS-AllowedToDelegateTo", "servicePrincipalName"
MIGRATION = "Microsoft Virtual System Migration Service"
PERMISSIVE = ("1.2.840.113556.1.4.1413", True, None)
ASSERTION = ("1.3.6.1.1.12", True, b"\x87\x02cn")
HV01 = name_of("HV01")
Clients = Callable[[str], tuple[SealedClient, SealedClient]]


@pytest.fixture(scope="module")
def embedded(samba_domain: Domain) -> Iterator[EmbeddedDirectory]:
    """The embedded directory with the people and machines of the Samba domain."""
    scenario = Scenario(
        accounts=(
            Account(name="operator", password=samba_domain.password("operator")),
            Account(name="bob", password=samba_domain.password("bob"), administrator=False, enable_delegation=False),
        ),
        directory=Directory(),
        hosts=(Host(name="HV01"), Host(name="HV02")),
        computers=(Computer(name="FS01"),),
    )
    with EmbeddedDirectory(scenario, behaviour=SAMBA) as running:
        yield running


@pytest.fixture
def clients(samba_domain: Domain, embedded: EmbeddedDirectory) -> Iterator[Clients]:
    """Sign somebody in at both, by the same sealed bind."""
    made: list[SealedClient] = []

    def sign_in(user: str) -> tuple[SealedClient, SealedClient]:
        pair = (SealedClient(samba_domain.address, 389), SealedClient(embedded.address, embedded.port))
        made.extend(pair)
        assert [each.bind(f"LAB\\{user}", samba_domain.password(user)) for each in pair] == [0, 0]
        return pair

    yield sign_in
    for client in made:
        client.socket.close()


def _reset(client: SealedClient) -> None:
    changes = {DELEGATED: [(REPLACE, [b"cifs/HV02", b"cifs/FS01"])], CONTROL: [(REPLACE, [b"4096"])]}
    assert client.modify(HV01, {**changes, "location": [(REPLACE, [])]}) == 0


def _state(client: SealedClient) -> dict[str, list[bytes]]:
    wanted = [DELEGATED, CONTROL, "location", "sAMAccountType"]
    found = client.search(HV01, scope="BASE", attributes=wanted)[1][HV01]
    return {name: sorted(values) for name, values in found.items()}


@pytest.mark.parametrize(
    ("changes", "controls"),
    [
        pytest.param({DELEGATED: [(ADD, [b"cifs/new", b"cifs/new2"])]}, (), id="add"),
        pytest.param({DELEGATED: [(ADD, [b"cifs/HV02"])]}, (), id="add-present"),
        pytest.param({DELEGATED: [(ADD, [b"cifs/new", b"cifs/HV02"])]}, (), id="add-mixed"),
        pytest.param({DELEGATED: [(ADD, [b"CIFS/hv02"])]}, (), id="add-other-case"),
        pytest.param({DELEGATED: [(DELETE, [b"CIFS/hv02"])]}, (), id="delete-other-case"),
        pytest.param({DELEGATED: [(DELETE, [b"cifs/none"])]}, (), id="delete-absent"),
        pytest.param({DELEGATED: [(DELETE, [])]}, (), id="delete-all"),
        pytest.param({"location": [(DELETE, [])]}, (), id="delete-absent-attribute"),
        pytest.param({"location": [(REPLACE, [])]}, (), id="clear-absent-attribute"),
        pytest.param({DELEGATED: [(REPLACE, [b"no SPN"])]}, (), id="replace"),
        pytest.param({CONTROL: [(DELETE, [b"4096"]), (ADD, [b"16781312"])]}, (), id="swap"),
        pytest.param(
            {DELEGATED: [(ADD, [b"cifs/new"])], CONTROL: [(DELETE, [b"4098"]), (ADD, [b"16781312"])]},
            (),
            id="stale-swap-beside-an-add",
        ),
        pytest.param({CONTROL: [(DELETE, [b"4098"]), (ADD, [b"4096"])]}, (), id="stale-swap-to-present"),
        pytest.param({CONTROL: [(DELETE, [b"4098"]), (ADD, [b"16781312"])]}, (PERMISSIVE,), id="permissive-swap"),
        pytest.param({DELEGATED: [(ADD, [b"cifs/HV02", b"cifs/new"])]}, (PERMISSIVE,), id="permissive-add"),
        pytest.param({DELEGATED: [(DELETE, [b"cifs/none"])]}, (PERMISSIVE,), id="permissive-delete"),
        pytest.param({CONTROL: [(ADD, [b"16781312"])]}, (), id="second-control"),
        pytest.param({CONTROL: [(DELETE, [])]}, (), id="control-deleted"),
        pytest.param({CONTROL: [(REPLACE, [b"528384"])]}, (), id="unconstrained"),
        pytest.param({CONTROL: [(REPLACE, [b"4098"])]}, (), id="disabled"),
        pytest.param({CONTROL: [(INCREMENT, [b"1"])]}, (), id="increment"),
        pytest.param({"noSuchAttribute": [(REPLACE, [b"x"])]}, (), id="unknown-attribute"),
        pytest.param({"location": [(REPLACE, [b"x"])]}, (ASSERTION,), id="unknown-critical-control"),
        pytest.param({SPNS: [(ADD, [f"{MIGRATION}/HV02".encode()])]}, (), id="spn-of-another"),
    ],
)
def test_a_modify_ends_alike(clients: Clients, changes: dict[str, Any], controls: tuple[Any, ...]) -> None:
    """The result code, and the state afterwards."""
    ended = []
    for client in clients("operator"):
        _reset(client)
        ended.append((client.modify(HV01, changes, controls=controls), _state(client)))

    assert ended[1] == ended[0]


@pytest.mark.parametrize(
    "changes",
    [
        {DELEGATED: [(ADD, [b"cifs/new"])]},
        {CONTROL: [(DELETE, [b"4096"]), (ADD, [b"16781312"])]},
        {"location": [(REPLACE, [b"x"])]},
    ],
)
def test_an_ordinary_user_is_refused_alike(clients: Clients, changes: dict[str, Any]) -> None:
    """Result 50 from both."""
    for client in clients("operator"):
        _reset(client)

    assert [client.modify(HV01, changes) for client in clients("bob")] == [50, 50]


@pytest.mark.parametrize(
    "text",
    [
        "(objectCategory=computer)",
        "(sAMAccountName=HV01$)",
        f"(servicePrincipalName={MIGRATION}/*)",
        f"(servicePrincipalName={MIGRATION.upper()}/hv02.LAB.test)",
        "(&(objectCategory=computer)(!(servicePrincipalName=Hyper-V*)))",
        "(userAccountControl:1.2.840.113556.1.4.803:=8192)",
        "(|(sAMAccountName=HV01$)(servicePrincipalName=HOST/hv02.lab.test)(dNSHostName=FS01.lab.test))",
        "(&(objectCategory=computer)(primaryGroupID=516))",
        "(&(objectCategory=computer)(userAccountControl>=4097))",
        "(noSuchAttribute=*)",
        "(&(objectCategory=person)(sAMAccountName=bob))",
    ],
)
def test_a_filter_finds_the_same_objects(clients: Clients, text: str) -> None:
    """Names and account names of everything found."""
    found = []
    for client in clients("operator"):
        _reset(client)
        code, entries = client.search(DOMAIN, text, attributes=["sAMAccountName", "dNSHostName", "primaryGroupID"])
        found.append((code, {name.casefold(): _folded(values) for name, values in entries.items()}))

    assert found[1] == found[0]


def _folded(values: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    return {name: [value.lower() for value in each] for name, each in values.items()}


@pytest.mark.parametrize(
    ("base", "scope"),
    [
        (name_of("HV99"), "BASE"),
        ("DC=other,DC=test", "BASE"),
        ("nonsense", "BASE"),
        ("<GUID=00000000-0000-0000-0000-000000000007>", "BASE"),
        ("", "SUBTREE"),
    ],
)
def test_a_wrong_base_is_refused_alike(clients: Clients, base: str, scope: str) -> None:
    """The result code."""
    codes = [client.search(base, scope=scope, attributes=["cn"])[0] for client in clients("operator")]

    assert codes[1] == codes[0]


def test_domain_controllers_are_found_along_the_same_path(clients: Clients) -> None:
    """From the rootDSE to the role owner, its settings, its server object and its account."""
    paths = []
    for client in clients("operator"):
        root = client.search("", scope="BASE", attributes=["defaultNamingContext", "configurationNamingContext"])[1][""]
        domain, configuration = (root[name][0].decode() for name in sorted(root, reverse=True))
        owner = client.search(domain, scope="BASE", attributes=["fSMORoleOwner"])[1][domain]["fSMORoleOwner"][0]
        _, settings = client.search(f"CN=Sites,{configuration}", "(objectClass=nTDSDSA)", attributes=["msDS-isRODC"])
        ((name, values),) = settings.items()
        server = name.partition(",")[2]
        found = client.search(server, scope="BASE", attributes=["dNSHostName", "serverReference"])[1][server]
        paths.append((owner.decode().casefold(), name.casefold(), _folded(values), _folded(found)))

    assert paths[1] == paths[0]


def _stamps(client: SealedClient) -> dict[int, tuple[int, bytes, int]]:
    """Version, database and number of the last write of each attribute of HV01."""
    octets = client.search(HV01, scope="BASE", attributes=["replPropertyMetaData"])[1][HV01]["replPropertyMetaData"][0]
    version, _, count, _ = struct.unpack_from("<IIII", octets)
    assert (version, len(octets)) == (1, 16 + 48 * count)
    rows = struct.iter_unpack("<IIQ16sQQ", octets[16:])
    return {number: (version, invocation, usn) for number, version, _, invocation, usn, _ in rows}


def _own(client: SealedClient) -> tuple[bytes, int]:
    """The domain controller's database, and the number of its last write."""
    wanted = ["dsServiceName", "highestCommittedUSN"]
    root = client.search("", scope="BASE", attributes=wanted)[1][""]
    settings = root["dsServiceName"][0].decode()
    found = client.search(settings, scope="BASE", attributes=["invocationId"])[1]
    return next(iter(found.values()))["invocationId"][0], int(root["highestCommittedUSN"][0])


@pytest.mark.parametrize("user", ["operator", "bob"])
def test_writes_leave_the_same_stamps(clients: Clients, user: str) -> None:
    """One modify stamps both attributes with one number; the same values stamp nothing; a cleared list keeps its stamp."""
    list_number, control_number = 0x906FB, 0x90008
    seen = []
    for client, reader in zip(clients("operator"), clients(user), strict=True):
        _reset(client)
        first, (invocation, before) = _stamps(reader), _own(reader)
        swap = [(DELETE, [b"4096"]), (ADD, [b"16781312"])]
        assert client.modify(HV01, {DELEGATED: [(ADD, [b"cifs/new"])], CONTROL: swap}) == 0
        both, (_, after) = _stamps(reader), _own(reader)
        assert client.modify(HV01, {CONTROL: [(REPLACE, [b"16781312"])]}) == 0
        same = _stamps(reader)
        assert client.modify(HV01, {DELEGATED: [(DELETE, [])]}) == 0
        cleared = _stamps(reader)
        seen.append(
            (
                [both[number][0] > first[number][0] for number in (list_number, control_number)],
                both[list_number][2] == both[control_number][2],
                before < both[list_number][2] <= after,
                both[list_number][1] == both[control_number][1] == invocation,
                same[control_number] == both[control_number],
                cleared[list_number][0] > both[list_number][0],
                cleared[list_number][2] > both[list_number][2],
                cleared[control_number] == both[control_number],
            )
        )

    assert seen[1] == seen[0] == ([True, True], True, True, True, True, True, True, True)


def test_one_that_never_received_anything_follows_nobody(clients: Clients) -> None:
    """There is no vector on the head of the domain then."""
    found = [
        client.search(DOMAIN, scope="BASE", attributes=["replUpToDateVector"])[1][DOMAIN] for client in clients("bob")
    ]

    assert found == [{}, {}]
