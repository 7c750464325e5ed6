"""OpenLDAP's own programs against the directory: another implementation, from another family."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from contract.embedded_directory.people import ADMIN, DOMAIN, MIGRATION, PASSWORD, name_of
from hyperv_migration.lab.directory import EmbeddedDirectory

pytestmark = pytest.mark.skipif(
    shutil.which("ldapsearch") is None, reason="OpenLDAP's clients are not installed (Debian package ldap-utils)"
)


def _run(
    directory: EmbeddedDirectory, program: str, *arguments: str, transport: str = "ldaps", given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program with a simple bind inside verified TLS; names are not checked, as the address is loopback's."""
    if transport == "ldaps":
        address = ["-H", f"ldaps://{directory.address}:{directory.ldaps_port}"]
    else:
        address = ["-H", f"ldap://{directory.address}:{directory.port}", *(["-ZZ"] if transport == "starttls" else [])]
    environment = {
        **os.environ,
        "LDAPTLS_CACERT": str(directory.ca_file),
        "LDAPTLS_REQCERT": "demand",
        "LDAPTLS_REQSAN": "never",
    }
    command = [program, *address, "-x", "-D", f"LAB\\{ADMIN}", "-w", PASSWORD, "-o", "nettimeout=5", *arguments]
    return subprocess.run(
        command, input=given, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_ldapsearch_finds_an_account_by_a_name_with_blanks(directory: EmbeddedDirectory, transport: str) -> None:
    """LDAPS and StartTLS, both verified against the directory's own authority."""
    done = _run(
        directory,
        "ldapsearch",
        *("-LLL", "-o", "ldif_wrap=no", "-b", f"CN=Computers,{DOMAIN}"),
        *(f"(servicePrincipalName={MIGRATION}/hv02.lab.test)", "sAMAccountName", "userAccountControl"),
        transport=transport,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.split()) == sorted(
        ["dn:", name_of("HV02"), "userAccountControl:", "4096", "sAMAccountName:", "HV02$"]
    )


def test_a_simple_bind_in_clear_is_refused(directory: EmbeddedDirectory) -> None:
    """Exit status and text are those of result 8."""
    done = _run(directory, "ldapsearch", "-b", DOMAIN, transport="clear")

    assert done.returncode == 8
    assert "Strong(er) authentication required" in done.stderr


def test_ldapsearch_pages_through_the_domain(directory: EmbeddedDirectory) -> None:
    """Three computers in pages of one, each exactly once."""
    done = _run(
        directory,
        "ldapsearch",
        *("-LLL", "-E", "pr=1/noprompt", "-b", f"CN=Computers,{DOMAIN}", "(objectCategory=computer)", "1.1"),
    )

    found = [line for line in done.stdout.split("\n") if line.startswith("dn:")]
    assert done.returncode == 0
    assert sorted(found) == [f"dn: {name_of(each)}" for each in ("FS01", "HV01", "HV02")]


def test_ldapmodify_swaps_the_bits_and_adds_to_the_list_at_once(directory: EmbeddedDirectory) -> None:
    """One record of several changes is one modify."""
    record = (
        f"dn: {name_of('HV01')}\nchangetype: modify\n"
        f"add: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: {MIGRATION}/HV02\n-\n"
        "delete: userAccountControl\nuserAccountControl: 4096\n-\n"
        "add: userAccountControl\nuserAccountControl: 16781312\n-\n"
    )
    first = _run(directory, "ldapmodify", given=record)
    second = _run(directory, "ldapmodify", given=record)
    account = directory.administrator.read("HV01")

    assert (first.returncode, second.returncode) == (0, 20)
    assert "Type or value exists (20)" in second.stderr
    assert account["msDS-AllowedToDelegateTo"] == [f"{MIGRATION}/HV02"]
    assert account["userAccountControl"] == 0x1001000
    assert len(directory.journal.operations("modify")) == 2


def test_ldapwhoami_ldapcompare_and_ldapdelete(directory: EmbeddedDirectory) -> None:
    """The remaining operations, by their programs."""
    who = _run(directory, "ldapwhoami")
    same = _run(directory, "ldapcompare", name_of("HV01"), "sAMAccountName:hv01$")
    gone = _run(directory, "ldapdelete", name_of("HV01"))
    missing = _run(directory, "ldapdelete", name_of("HV01"))

    assert who.stdout == f"u:LAB\\{ADMIN}\n"
    assert same.returncode == 6
    assert (gone.returncode, missing.returncode) == (0, 32)
    assert "matched DN: CN=Computers,DC=lab,DC=test" in missing.stderr.replace("Matched DN", "matched DN")


def test_ldapmodrdn_and_ldapadd(directory: EmbeddedDirectory) -> None:
    """A rename keeps the account; an add makes a new one."""
    renamed = _run(directory, "ldapmodrdn", "-r", name_of("HV01"), "CN=HV11")
    added = _run(directory, "ldapadd", given=f"dn: {name_of('HV01')}\nobjectClass: computer\nsAMAccountName: HV31$\n")

    assert (renamed.returncode, added.returncode) == (0, 0)
    assert directory.administrator.read("HV01")["distinguishedName"] == name_of("HV11")
    assert directory.administrator.read("HV31")["distinguishedName"] == name_of("HV01")
