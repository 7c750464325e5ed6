"""Modifies: atomic, strict about what is there, and honest about why not (active-directory.md §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.embedded_directory.people import ADMIN, MIGRATION, PASSWORD, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import SAMBA, Behaviour, EmbeddedDirectory

ADD, DELETE, REPLACE, INCREMENT = "MODIFY_ADD", "MODIFY_DELETE", "MODIFY_REPLACE", "MODIFY_INCREMENT"
CONTROL, DELEGATED, SPNS = "userAccountControl", "msDS-AllowedToDelegateTo", "servicePrincipalName"
PERMISSIVE = (("1.2.840.113556.1.4.1413", True, None),)
HV01 = name_of("HV01")
Changes = dict[str, list[tuple[str, list[bytes]]]]


def _state(directory: EmbeddedDirectory) -> tuple[list[str], int]:
    account = directory.administrator.read("HV01")
    return account[DELEGATED], account[CONTROL]


def test_one_modify_sets_list_and_bit_together(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The delegation a mesh needs: new values, and userAccountControl by compare-and-swap."""
    spns = [b"cifs/HV02", f"{MIGRATION}/hv02.lab.test".encode()]

    code = admin.modify(HV01, {DELEGATED: [(ADD, spns)], CONTROL: [(DELETE, [b"4096"]), (ADD, [b"16781312"])]})

    assert code == 0
    assert _state(directory) == ([spn.decode() for spn in spns], 0x1001000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({DELEGATED: [(ADD, [b"cifs/HV02"])]}, 20, id="value-there-already"),
        pytest.param({DELEGATED: [(ADD, [b"CIFS/hv02"])]}, 20, id="value-there-in-other-case"),
        pytest.param({DELEGATED: [(ADD, [b"cifs/new", b"cifs/HV02"])]}, 20, id="one-new-one-there"),
        pytest.param({DELEGATED: [(ADD, [b"cifs/new", b"cifs/NEW"])]}, 20, id="same-value-twice"),
        pytest.param({DELEGATED: [(DELETE, [b"cifs/none"])]}, 16, id="absent-value"),
        pytest.param({"description": [(DELETE, [])]}, 16, id="absent-attribute"),
        pytest.param({DELEGATED: [(REPLACE, [b"a/b", b"A/B"])]}, 20, id="replace-by-duplicates"),
        pytest.param({DELEGATED: [(ADD, [b""])]}, 21, id="empty-value"),
        pytest.param({CONTROL: [(ADD, [b"16781312"])]}, 20, id="second-control-value"),
        pytest.param({CONTROL: [(DELETE, [b"4128"]), (ADD, [b"16781312"])]}, 16, id="stale-swap"),
        pytest.param({CONTROL: [(DELETE, [b"4128"]), (ADD, [b"4096"])]}, 16, id="stale-swap-to-what-is-there"),
        pytest.param({CONTROL: [(DELETE, [b"4096"])]}, 53, id="no-control-left"),
        pytest.param({CONTROL: [(DELETE, [])]}, 53, id="control-deleted"),
        pytest.param({CONTROL: [(REPLACE, [b"many"])]}, 21, id="control-no-number"),
        pytest.param({CONTROL: [(INCREMENT, [b"1"])]}, 2, id="increment"),
        pytest.param({"noSuchAttribute": [(REPLACE, [b"x"])]}, 16, id="unknown-attribute"),
        pytest.param({"member": [(ADD, [HV01.encode()])]}, 65, id="attribute-of-another-class"),
        pytest.param({"objectGUID": [(REPLACE, [bytes(16)])]}, 19, id="owned-by-the-system"),
        pytest.param({"cn": [(REPLACE, [b"HV09"])]}, 67, id="part-of-the-name"),
        pytest.param({"sAMAccountName": [(REPLACE, [b"HV02$"])]}, 68, id="account-name-taken"),
        pytest.param({"sAMAccountName": [(DELETE, [])]}, 65, id="account-name-gone"),
        pytest.param({SPNS: [(ADD, [f"{MIGRATION}/HV02".encode()])]}, 19, id="spn-of-another-account"),
        pytest.param({SPNS: [(ADD, [b"cifs/hv02.lab.test"])]}, 19, id="spn-another-has-as-host"),
    ],
)
def test_a_refused_modify_changes_nothing(
    directory: EmbeddedDirectory, admin: SealedClient, changes: Changes, code: int
) -> None:
    """Whatever stands beside the refused change in the same modify is not done either."""
    directory.administrator.set_delegation("HV01", ["cifs/HV02"])
    before = directory.administrator.read("HV01")

    assert admin.modify(HV01, {"location": [(REPLACE, [b"rack 7"])], **changes}) == code

    assert directory.administrator.read("HV01") == before
    assert admin.search(HV01, scope="BASE", attributes=["location"])[1][HV01] == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({DELEGATED: [(DELETE, [b"CIFS/hv02"])]}, ([], 0x1000), id="delete-in-other-case"),
        pytest.param({DELEGATED: [(DELETE, [])]}, ([], 0x1000), id="delete-all"),
        pytest.param({DELEGATED: [(REPLACE, [])]}, ([], 0x1000), id="replace-by-nothing"),
        pytest.param({DELEGATED: [(REPLACE, [b"x/y"])]}, (["x/y"], 0x1000), id="replace"),
        pytest.param({DELEGATED: [(ADD, [b"no SPN at all"])]}, (["cifs/HV02", "no SPN at all"], 0x1000), id="garbage"),
        pytest.param({CONTROL: [(REPLACE, [b"2147487744"])]}, (["cifs/HV02"], 0x1000), id="topmost-bit-is-cut"),
        pytest.param({CONTROL: [(REPLACE, [b"134221824"])]}, (["cifs/HV02"], 0x1000), id="unknown-bit-is-dropped"),
        pytest.param({CONTROL: [(REPLACE, [b"16777216"])]}, (["cifs/HV02"], 0x1000200), id="forgotten-kind-of-account"),
        pytest.param({SPNS: [(ADD, [b"cifs/HV01"])]}, (["cifs/HV02"], 0x1000), id="alias-of-its-own-host-spn"),
    ],
)
def test_a_modify_does_what_it_says(
    directory: EmbeddedDirectory, admin: SealedClient, changes: Changes, expected: tuple[list[str], int]
) -> None:
    """The state afterwards, as the directory keeps it."""
    directory.administrator.set_delegation("HV01", ["cifs/HV02"])

    assert admin.modify(HV01, changes) == 0

    assert _state(directory) == expected


def test_clearing_what_is_not_there_is_no_error(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """Replacing an absent attribute by nothing succeeds and leaves no trace in the history."""
    length = len(directory.history)

    assert admin.modify(HV01, {DELEGATED: [(REPLACE, [])]}) == 0

    assert len(directory.history) == length


@pytest.mark.parametrize(
    ("changes", "code", "expected"),
    [
        ({DELEGATED: [(ADD, [b"CIFS/HV02", b"cifs/new"])]}, 0, ["cifs/HV02", "cifs/new"]),
        ({DELEGATED: [(DELETE, [b"cifs/none", b"cifs/HV02"])]}, 0, []),
        ({"description": [(DELETE, [])]}, 0, ["cifs/HV02"]),
        ({CONTROL: [(DELETE, [b"4128"]), (ADD, [b"16781312"])]}, 20, ["cifs/HV02"]),
    ],
)
def test_the_permissive_control_forgives(
    directory: EmbeddedDirectory, admin: SealedClient, changes: Changes, code: int, expected: list[str]
) -> None:
    """Duplicates and absences pass; a stale swap becomes a second value of a single-valued attribute (83)."""
    directory.administrator.set_delegation("HV01", ["cifs/HV02"])

    assert admin.modify(HV01, changes, controls=PERMISSIVE) == code

    assert _state(directory) == (expected, 0x1000)


@pytest.mark.parametrize(("critical", "code"), [(True, 12), (False, 0)])
def test_an_unknown_control_matters_when_critical(admin: SealedClient, critical: bool, code: int) -> None:
    """The assertion control, which no domain controller knows (active-directory.md, 85)."""
    changes: dict[str, Any] = {"location": [(REPLACE, [b"rack 7"])]}

    assert admin.modify(HV01, changes, controls=(("1.3.6.1.1.12", critical, None),)) == code


@pytest.mark.parametrize(
    ("name", "code"), [(name_of("HV99"), 32), ("CN=HV01,DC=other,DC=test", 10), ("nonsense", 34), ("<GUID=0>", 34)]
)
def test_a_modify_of_what_is_not_here_is_refused(admin: SealedClient, name: str, code: int) -> None:
    """No such object, another forest's, and no name."""
    assert admin.modify(name, {"location": [(REPLACE, [b"x"])]}) == code


def test_an_object_can_be_modified_by_its_guid(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The name a rename does not change."""
    guid = directory.administrator.read("HV01")["objectGUID"]
    directory.administrator.rename_computer("HV01", "HV11")

    assert admin.modify(f"<GUID={guid}>", {DELEGATED: [(ADD, [b"cifs/HV02"])]}) == 0

    assert directory.administrator.read("HV11")[DELEGATED] == ["cifs/HV02"]


def test_a_list_has_an_end(admin: SealedClient) -> None:
    """About 1,250 values fit into a page of the database; one more is refused with 11 (active-directory.md, 13)."""
    assert admin.modify(HV01, {DELEGATED: [(ADD, [b"a/%d" % n for n in range(1250)])]}) == 0

    assert admin.modify(HV01, {DELEGATED: [(ADD, [b"b/1"])]}) == 11


def test_as_samba_case_variants_and_idle_swaps_pass(behaving: Callable[[Behaviour], EmbeddedDirectory]) -> None:
    """What Samba does otherwise: both spellings are stored, and a swap to the present value succeeds (78, 83, 86)."""
    directory = behaving(SAMBA)
    directory.administrator.set_delegation("HV01", ["cifs/HV02"])
    with SealedClient(directory.address, directory.port) as client:
        client.bind(f"LAB\\{ADMIN}", PASSWORD)

        assert client.modify(HV01, {DELEGATED: [(ADD, [b"CIFS/hv02"])]}) == 0
        assert client.modify(HV01, {DELEGATED: [(ADD, [b"CIFS/hv02"])]}) == 20
        assert client.modify(HV01, {CONTROL: [(DELETE, [b"4128"]), (ADD, [b"4096"])]}) == 0
        assert client.modify(HV01, {CONTROL: [(DELETE, [b"4128"]), (ADD, [b"4097"])]}) == 16
        assert client.modify(HV01, {CONTROL: [(REPLACE, [b"134221824"])]}) == 0
        assert client.modify("DC=other,DC=test", {CONTROL: [(REPLACE, [b"1"])]}) == 32

    assert _state(directory) == (["cifs/HV02", "CIFS/hv02"], 0x8001000)
