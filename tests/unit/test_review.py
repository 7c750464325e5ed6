"""A review of recorded previews: the same on both faces, and in the field's own terms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.review.build import build_review
from hyperv_migration.review.markdown import markdown
from hyperv_migration.review.page import page
from hyperv_migration.review.preview import read_preview
from support.previews import FACES, UNKNOWN, preview_of, recorded, reviewed, step


@pytest.mark.parametrize("face", FACES)
def test_first_line_counts_what_happens(face: str) -> None:
    """Hosts, accounts and operations; components and the stack are none."""
    lines = [reviewed(recorded(face, name)).splitlines()[4] for name in ("create", "change", "delete")]
    assert lines == [
        "**3 hosts and 3 directory accounts: 10 to create.**",
        "**3 hosts and 2 directory accounts: 3 to update, 1 to delete, 2 to replace.**",
        "**3 hosts and 3 directory accounts: 10 to delete.**",
    ]


@pytest.mark.parametrize("name", ["create", "change", "delete"])
def test_both_faces_are_reviewed_alike(name: str) -> None:
    """The same program says the same in both, whatever order the engine had for independent steps."""
    text = reviewed(recorded("plugin", name))
    assert text == reviewed(recorded("dynamic", name))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "create",
            (
                "Set-VMHost -ComputerName hv02.lab.test -VirtualMachineMigrationAuthenticationType Kerberos "
                "-VirtualMachineMigrationPerformanceOption Compression -UseAnyNetworkForMigration $false"
            ),
        ),
        ("create", "Enable-VMMigration -ComputerName hv03.lab.test"),
        ("create", "Add-VMMigrationNetwork -Subnet 10.1.0.0/24 -Priority 5 -ComputerName hv03.lab.test"),
        (
            "change",
            (
                "Set-VMHost -ComputerName hv01.lab.test -VirtualMachineMigrationPerformanceOption SMB "
                "-MaximumVirtualMachineMigrations 4"
            ),
        ),
        ("change", "Remove-VMMigrationNetwork -Subnet 8.8.8.0/24 -ComputerName hv03.lab.test"),
        ("change", "Set-ADAccountControl -Identity 'HV02' -TrustedToAuthForDelegation $true"),
        ("delete", "Disable-VMMigration -ComputerName hv01.lab.test"),
        (
            "delete",
            (
                "Set-ADComputer -Identity 'CN=HV01,CN=Computers,DC=lab,DC=test' -Remove @{'msDS-AllowedToDelegateTo'="
                "'cifs/HV02',\n    'cifs/hv02.lab.test',\n    'Microsoft Virtual System Migration Service/HV02',\n"
                "    'Microsoft Virtual System Migration Service/hv02.lab.test'}"
            ),
        ),
    ],
)
def test_cmdlets_are_an_administrators(face: str, name: str, line: str) -> None:
    """Each write has the cmdlet that its declaration names, with the values of the preview."""
    assert f"\n{line}\n" in reviewed(recorded(face, name))


@pytest.mark.parametrize("face", FACES)
def test_a_change_says_from_what_to_what_and_what_stays(face: str) -> None:
    """Old and new value, what is not declared, and what destroy will put back."""
    text = reviewed(recorded(face, "change"))
    assert "- `authenticationType`: `CredSSP` → **`Kerberos`**" in text
    assert "`2` (not managed until now) → **`4`**" in text
    assert "Not declared, so never written: `maximumStorageMigrations`." in text
    assert "Found before the first write: `enabled = false`, `authenticationType = CredSSP`" in text


@pytest.mark.parametrize("face", FACES)
def test_a_replace_is_two_changes_at_their_places(face: str) -> None:
    """A delegation is deleted first; another subnet on one host is added first and the old one goes last there."""
    titles = [line for line in reviewed(recorded(face, "change")).splitlines() if line.startswith("### ")]
    places = {title.partition(". ")[2]: place for place, title in enumerate(titles)}
    gone = places["Delete (replaced): Kerberos delegation to `hv01.lab.test, hv02.lab.test`"]
    assert gone + 1 == places["Create (replacement): Kerberos delegation to `fs01.lab.test`"]
    assert (
        places["Create (replacement): Migration network `10.2.0.0/24`"]
        < places["Delete: Migration network `8.8.8.0/24`"]
    )
    assert (
        places["Delete (replaced): Migration network `10.1.0.0/24`"] > places["Delete: Migration network `8.8.8.0/24`"]
    )


@pytest.mark.parametrize("face", FACES)
def test_what_is_to_decide_stands_on_top(face: str) -> None:
    """The risks of what is declared, each once, with its targets."""
    created, changed = (reviewed(recorded(face, name)) for name in ("create", "change"))
    assert "- **Unencrypted traffic on a public range** (`hv03.lab.test`)" in created
    assert "- **CredSSP** (`hv03.lab.test`)" in created
    assert created.count("as any user who is not marked as sensitive or in Protected Users") == 1
    assert "- **A replace deletes first** (`hv03.lab.test`)" in changed
    assert "- **A cluster node may be written to** (`hv03.lab.test`)" in changed
    assert "CredSSP**" not in changed


@pytest.mark.parametrize("render", [markdown, page])
def test_a_failed_preview_shows_what_it_said(render: Callable[[Any], str]) -> None:
    """The errors, as the engine told them."""
    text = render(build_review(read_preview(recorded("dynamic", "refused"))))
    assert "The preview failed" in text
    assert "has host bits set beyond its prefix; the subnet is 10.1.0.0/24" in text


def test_unknown_and_secret_values_are_told_apart() -> None:
    """One is known after apply, the other is not shown; neither mark of the engine is."""
    inputs = {"computerName": UNKNOWN, "maximumStorageMigrations": UNKNOWN, "performanceOption": "[secret]"}
    text = reviewed(preview_of(step("MigrationHost", "create", new=inputs)))
    assert "## Host `(known after apply)`" in text
    assert "- `maximumStorageMigrations`: as found → **`(known after apply)`**" in text
    assert "- `performanceOption`: as found → **`(secret, not shown)`**" in text
    assert UNKNOWN not in text
    assert "[secret]" not in text


def test_a_switch_that_is_not_known_yet_is_not_taken_for_on() -> None:
    """Both cmdlets are named, as a remark."""
    inputs = {"computerName": "hv01.lab.test", "enabled": UNKNOWN}
    text = reviewed(preview_of(step("MigrationHost", "create", new=inputs)))
    assert "\n# Enable-VMMigration or Disable-VMMigration -ComputerName hv01.lab.test: (known after apply)\n" in text


def test_an_option_is_unset_and_late_domain_controllers_are_named() -> None:
    """An update that only waits for replication says for whom."""
    new = {"source": "HV01", "destinations": ["HV02"], "services": delegated()["services"], "protocolTransition": True}
    state = delegated(profile="other", pendingReplication=["dc2.lab.test"])
    text = reviewed(preview_of(step("KerberosDelegation", "update", state, new)))
    assert "- `profile`: `other` → **unset**" in text
    assert "Domain controllers that did not have the last change: `dc2.lab.test`." in text


def test_a_destination_that_no_state_knows_is_not_guessed() -> None:
    """The form that the program gives is named; the other one is known after apply."""
    inputs = {"source": "HV01", "destinations": ["hv09.lab.test", "HV08"], "services": ["cifs"]}
    text = reviewed(preview_of(step("KerberosDelegation", "create", new=inputs)))
    entries = ["cifs/<short name of hv09.lab.test>", "cifs/hv09.lab.test", "cifs/HV08", "cifs/<FQDN of HV08>"]
    written = ",\n    ".join(f"'{entry}'" for entry in entries)
    assert f"Set-ADComputer -Identity 'HV01' -Add @{{'msDS-AllowedToDelegateTo'={written}}}" in text


def test_a_found_entry_stays_and_gets_its_priority_back() -> None:
    """Deleting the resource does not remove what it did not add, unless onDestroy says so."""
    state = {"computerName": "hv01.lab.test", "subnet": "10.1.0.0/24", "priority": 5, "host": "hv01.lab.test"}
    found = {**state, "preexisting": True, "priorPriority": 9, "writtenPriority": 5}
    restored = reviewed(preview_of(step("MigrationNetwork", "delete", found)))
    removed = reviewed(preview_of(step("MigrationNetwork", "delete", {**found, "onDestroy": "Remove"})))
    assert "Set-VMMigrationNetwork -Subnet 10.1.0.0/24 -NewPriority 9 -ComputerName hv01.lab.test" in restored
    assert "Remove-VMMigrationNetwork" not in restored
    assert "Remove-VMMigrationNetwork -Subnet 10.1.0.0/24" in removed


def test_a_released_setting_keeps_its_value() -> None:
    """Taken out of the program, it is not written."""
    state = {"computerName": "hv01.lab.test", "enabled": True, "performanceOption": "SMB", "host": "hv01.lab.test"}
    new = {"computerName": "hv01.lab.test", "enabled": True}
    text = reviewed(preview_of(step("MigrationHost", "update", state, new)))
    assert "- `performanceOption`: `SMB` → **no longer managed; keeps its value**" in text
    assert "Set-VMHost" not in text


def test_a_released_any_network_goes_back_to_what_was_found() -> None:
    """It is the one setting that does; the cmdlet says so, too."""
    state = {
        "computerName": "hv01.lab.test", "host": "hv01.lab.test", "enabled": True, "useAnyNetwork": False,
        "priorSettings": {"useAnyNetwork": True}, "priorAnyNetworks": [{"subnet": "::/0", "priority": 0, "tags": []}],
        "managed": ["computerName", "enabled", "useAnyNetwork"],
    }  # fmt: skip
    new = {"computerName": "hv01.lab.test", "enabled": True}
    text = reviewed(preview_of(step("MigrationHost", "update", state, new)))
    assert "`useAnyNetwork`: `false` → `true` (no longer managed; goes back to what was found)" in text
    assert "-UseAnyNetworkForMigration $true" in text


def test_one_host_in_two_spellings_is_one_target() -> None:
    """As its state tells."""
    known = {"computerName": "HV01", "host": "hv01.lab.test", "enabled": True}
    network = {"computerName": "hv01.lab.test", "subnet": "10.1.0.0/24"}
    text = reviewed(preview_of(step("MigrationHost", "delete", known), step("MigrationNetwork", "create", new=network)))
    assert [line for line in text.splitlines() if line.startswith("## Host")] == ["## Host `hv01.lab.test`"]


def test_sample_is_what_the_command_makes_today() -> None:
    """`hyperv-migration review tests/unit/previews/pair-change.json --time "2026-11-20 09:00 UTC" --output …`."""
    sample = Path(__file__).resolve().parents[2] / "docs" / "review-sample.md"
    made = markdown(build_review(read_preview(recorded("pair", "change")), "2026-11-20 09:00 UTC"))
    assert sample.read_text(encoding="utf-8") == made


def test_unchanged_resources_are_counted_and_their_knowledge_is_used() -> None:
    """With --show-sames, an account has its distinguished name and its entries their short form."""
    text = recorded("pair", "change")
    assert "4 unchanged" in reviewed(text)
    assert "-Identity 'CN=HV01,CN=Computers,DC=lab,DC=test'" in reviewed(text)
    fewer = json.loads(text)
    fewer["steps"] = [each for each in fewer["steps"] if each["op"] != "same"]
    assert "-Identity '<account of hv01.lab.test>'" in reviewed(json.dumps(fewer))


def delegated(**more: Any) -> dict[str, Any]:
    """The state of a delegation from HV01 to HV02."""
    entries = ["cifs/HV02", "cifs/hv02.lab.test", "Microsoft Virtual System Migration Service/HV02"]
    account = {"declared": "HV02", "names": ["hv02", "hv02.lab.test"], "servicePrincipalNames": entries}
    return {
        "source": "HV01",
        "destinations": ["HV02"],
        "services": ["cifs", "Microsoft Virtual System Migration Service"],
        "protocolTransition": True,
        "sourceDn": "CN=HV01,DC=lab,DC=test",
        "sourceGuid": "94d83029-b426-516e-ad39-2438af8b18f2",
        "sourceNames": ["hv01", "hv01.lab.test"],
        "destinationAccounts": {"guid": account},
        "servicePrincipalNames": entries,
        "addedServicePrincipalNames": entries[1:],
        "servicePrincipalNamesBefore": ["cifs/HV02", "cifs/FS01"],
        **more,
    }


def test_less_delegation_removes_only_what_was_added() -> None:
    """An entry that was found stays, and those of others are named as left alone."""
    new = {"source": "HV01", "destinations": ["HV02"], "services": ["cifs"], "protocolTransition": True}
    text = reviewed(preview_of(step("KerberosDelegation", "update", delegated(), new)))
    command = "-Remove @{'msDS-AllowedToDelegateTo'='Microsoft Virtual System Migration Service/HV02'}"
    assert f"Set-ADComputer -Identity 'CN=HV01,DC=lab,DC=test' {command}" in text
    assert "Entries of others, found at create: `cifs/FS01`." in text
    assert "-Add" not in text


@pytest.mark.parametrize(("teardown", "removed"), [("RemoveAdded", False), ("RemoveDeclared", True)])
def test_destroy_of_a_delegation_follows_its_ledger(teardown: str, removed: bool) -> None:
    """A found entry goes with RemoveDeclared only; one of others never does."""
    text = reviewed(preview_of(step("KerberosDelegation", "delete", delegated(onDestroy=teardown))))
    (line,) = [block for block in text.split("```") if "-Remove" in block]
    assert ("'cifs/HV02'" in line) is removed
    assert "'cifs/hv02.lab.test'" in line
    assert "FS01" not in line


@pytest.mark.parametrize(
    ("kind", "changed", "title"),
    [
        ("KerberosDelegation", {"replaceUnconstrained": True}, "Unconstrained delegation is taken away"),
        ("KerberosDelegation", {"allowDomainController": True}, "A domain controller may be a destination"),
        ("KerberosDelegation", {"purgeTickets": True}, "Tickets are purged on the source host"),
        ("KerberosDelegation", {"onDestroy": "RemoveDeclared"}, "Destroy removes entries that were found"),
        ("MigrationHost", {"useAnyNetwork": False}, "Migration is confined to named networks"),
        ("MigrationHost", {"useAnyNetwork": True}, "Migration over any network"),
        ("MigrationHost", {"enabled": False}, "Live migration is switched off"),
        ("MigrationHost", {"onDestroy": "Disable"}, "Destroy switches live migration off"),
        ("MigrationHost", {"allowCredSspWithCredentialGuard": True}, "CredSSP beside Credential Guard"),
        ("MigrationNetwork", {"allowClustered": True}, "A cluster node may be written to"),
        ("MigrationNetwork", {"onDestroy": "Remove"}, "Destroy removes an entry that was found"),
    ],
)
def test_each_risk_is_told_when_it_arises_and_not_again(kind: str, changed: dict[str, Any], title: str) -> None:
    """With the change that brings it; not with a later one that leaves it as it is."""
    inputs = {
        "KerberosDelegation": {"source": "HV01", "destinations": ["HV02"], "services": ["cifs"]},
        "MigrationHost": {"computerName": "hv01.lab.test", "host": "hv01.lab.test"},
        "MigrationNetwork": {"computerName": "hv01.lab.test", "subnet": "10.0.0.0/8", "host": "hv01.lab.test"},
    }[kind]
    after = {**inputs, **changed}
    assert f"**{title}**" in reviewed(preview_of(step(kind, "update", inputs, after)))
    assert f"**{title}**" not in reviewed(preview_of(step(kind, "update", after, {**after, "profile": "other"})))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("KerberosDelegation", delegated(addedServicePrincipalNames="[secret]", sourceNames="[secret]")),
        ("MigrationHost", {"computerName": "hv01.lab.test", "enabled": True, "priorSettings": "[secret]"}),
        ("MigrationNetwork", {"computerName": "hv01.lab.test", "subnet": "10.1.0.0/24", "preexisting": "[secret]"}),
    ],
)
def test_an_undo_that_is_withheld_is_not_made_up(kind: str, state: dict[str, Any]) -> None:
    """A program may make secrets of outputs; nothing is concluded from them."""
    text = reviewed(preview_of(step(kind, "delete", state)))
    assert "Note: What was found or added is not in the preview, so what goes back is not told here." in text
    assert "```" not in text


def test_a_name_stays_one_word_of_powershell() -> None:
    """Whatever quotes it has, typographic ones too, which end a string there as well."""
    inputs = {"source": "HV01'; Stop-Computer \u2019$(x)", "destinations": ["HV02"], "protocolTransition": True}
    text = reviewed(preview_of(step("KerberosDelegation", "create", new=inputs)))
    assert "-Identity 'HV01''; Stop-Computer \u2019\u2019$(x)' -TrustedToAuthForDelegation $true" in text


def test_a_forced_replace_and_an_import_are_told() -> None:
    """The engine's own wish changes no property; an import writes nothing."""
    host = {"computerName": "hv01.lab.test", "enabled": True, "host": "hv01.lab.test"}
    forced = step("MigrationHost", "replace", host, {"computerName": "hv01.lab.test", "enabled": True})
    taken = step("MigrationNetwork", "import", None, {"computerName": "hv01.lab.test", "subnet": "10.1.0.0/24"})
    text = reviewed(preview_of(forced, taken))
    assert "1 host: 1 to take over, 1 to replace." in text
    assert "Nothing is written by the import itself." in text


def test_resources_of_others_are_one_line() -> None:
    """They are counted and not shown; the engine's own are not even that."""
    other = {"op": "create", "urn": "urn:pulumi:test::story::random:index/randomPassword:RandomPassword::theirs"}
    own = {"op": "create", "urn": "urn:pulumi:test::story::pulumi:providers:random::default"}
    text = reviewed(preview_of(other, own, {**other, "op": "same"}))
    assert "Not of this provider: 1 change." in text
    assert "theirs" not in text


def test_what_is_not_declared_is_not_shown() -> None:
    """Neither the pickled provider, nor the stack's configuration, nor notes about the machine of the preview."""
    told = [{"severity": "warning", "message": "using a plugin from /home/planted"}]
    host = {"computerName": "hv01.lab.test", "__provider": "planted-pickle", "journalId": "planted-note"}
    text = preview_of(step("MigrationHost", "create", new=host), config={"a:b": "planted"}, diagnostics=told)
    for render in (markdown, page):
        assert "planted" not in render(build_review(read_preview(text)))
