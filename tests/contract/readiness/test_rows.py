"""Every prerequisite of getMigrationReadiness, met and not met, read from emulated hosts and a directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contract.readiness.conftest import HV01, HV02, SUBNET, MakePair, entries
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.readiness import NO, UNKNOWN, YES, Readiness
from hyperv_migration.model.readiness_delegation import DIRECTION_CHECKS
from hyperv_migration.model.readiness_host import HOST_CHECKS
from hyperv_migration.model.readiness_pair import PAIR_CHECKS
from hyperv_migration.operations.run import Run
from hyperv_migration.readiness.reading import read_readiness
from hyperv_migration.wiring import WiredTargets
from support.hosts import PASSWORD

ONE, OTHER = "hv01.lab.test", "hv02.lab.test"
BOTH, THERE, BACK = f"{ONE} and {OTHER}", f"from {ONE} to {OTHER}", f"from {OTHER} to {ONE}"
ANY = (
    Network(subnet_number="0.0.0.0", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),
    Network(subnet_number="::", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),
)
MEMBER, DISABLED, UNCONSTRAINED, TRANSITION, SENSITIVE = 0x1000, 0x2, 0x80000, 0x1000000, 0x100000


def read(lab: Lab, password: str = PASSWORD, run: Run | None = None, **configuration: Any) -> Readiness:
    """Ask for HV01 and HV02 of a lab, in a run of its own unless one is given."""
    found = lab.configuration()
    # A host that is in no domain calls itself otherwise, and is asked under its DNS name all the same.
    addresses = {**found["addresses"], ONE: lab.hosts["HV01"].url, OTHER: lab.hosts["HV02"].url}
    keys = {**found, "addresses": addresses, "password": password, **configuration}
    targets = WiredTargets(read_configuration(keys), environment={}, run=run)
    return read_readiness({"source": ONE, "destination": OTHER}, targets)


def answers(readiness: Readiness) -> dict[tuple[str, str], str]:
    """Each row's answer by its id and subject."""
    return {(row.id, row.subject): row.answer for row in readiness.rows}


def in_directory(name: str, *arguments: Any) -> Callable[[Lab], None]:
    """Let an administrator do something in the directory."""

    def act(lab: Lab) -> None:
        assert lab.directory is not None
        getattr(lab.directory.administrator, name)(*arguments)

    return act


def on_host(**settings: Any) -> Callable[[Lab], None]:
    """Let an administrator change settings of HV01."""
    return lambda lab: lab.hosts["HV01"].change(**settings)


def faulty(kind: str, **when: str) -> Callable[[Lab], None]:
    """Let HV01 fail from now on."""
    return lambda lab: lab.hosts["HV01"].inject(kind, when=when or None, times=99)


def credssp(lab: Lab) -> None:
    """Let both hosts use CredSSP."""
    for host in lab.hosts.values():
        host.change(AuthenticationType=0)


def nothing(lab: Lab) -> None:
    """Leave the lab as it is."""
    del lab


def only_resource_based(lab: Lab) -> None:
    """Put the other kind of delegation in place of the classic one."""
    in_directory("set_attribute", "HV02", "msDS-AllowedToActOnBehalfOfOtherIdentity", ["any"])(lab)
    in_directory("set_delegation", "HV01", [])(lab)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is wrong with the pair, and what one row says then."""

    row: str
    answer: str
    says: str
    subject: str = ONE
    one: Host = HV01
    other: Host = HV02
    act: Callable[[Lab], None] = nothing
    replica: bool = False
    """Whether there is a second domain controller."""


def lagging(lab: Lab) -> None:
    """Let the second domain controller have what was there before the delegation."""
    in_directory("set_delegation", "HV01", [])(lab)
    lab.control("POST", ["replication"], {"paused": True})
    in_directory("set_delegation", "HV01", entries("HV02"))(lab)


def silent(lab: Lab) -> None:
    """Let the second domain controller not answer."""
    assert lab.replica is not None
    lab.replica.stop()


SMB = {"EnableCompression": False, "EnableSmbTransport": True}
GUARDED = replace(HV01, credential_guard_running=True)
ELSEWHERE = Network(subnet_number="10.9.0.0", prefix_length=16)
ALONE = Network(subnet_number="192.168.10.11", prefix_length=32)
ALONE_TOO = Network(subnet_number="192.168.10.12", prefix_length=32)
VMMS = "Msvm_VirtualSystemMigrationService"
FS = "Microsoft Virtual System Migration Service"

CASES = (
    Case(row="reachable", answer=UNKNOWN, says="hv01", act=lambda lab: lab.hosts["HV01"].stop_listening()),
    Case(row="hyperV", answer=NO, says="no root/virtualization/v2", one=replace(HV01, role_installed=False)),
    Case(row="hyperV", answer=UNKNOWN, says="", act=faulty("access-denied", namespace="root/virtualization/v2")),
    Case(row="service", answer=NO, says="not installed", one=replace(HV01, role_installed=False)),
    Case(row="service", answer=UNKNOWN, says="vmms", act=faulty("not-ready")),
    Case(row="domainJoined", answer=NO, says="workgroup WORKGROUP", subject="hv01", one=replace(HV01, domain_joined=False)),
    Case(row="operatingSystem", answer=NO, says="9200", one=replace(HV01, build=9200)),
    Case(row="operatingSystem", answer=UNKNOWN, says="29617, newer than any", one=replace(HV01, build=29617)),
    Case(row="liveMigrationCapable", answer=NO, says="offers no", one=replace(HV01, live_migration_capable=False)),
    Case(row="liveMigrationCapable", answer=NO, says="not installed", one=replace(HV01, role_installed=False)),
    Case(row="notClustered", answer=NO, says="failover cluster", one=replace(HV01, clustered=True)),
    Case(row="notClustered", answer=UNKNOWN, says="", act=faulty("access-denied", namespace="root/MSCluster")),
    Case(row="enabled", answer=NO, says="switched off", act=on_host(EnableVirtualSystemMigration=False)),
    Case(row="credentialGuard", answer=NO, says="CredSSP, and Credential Guard runs", one=GUARDED, act=credssp),
    Case(row="credentialGuard", answer=YES, says="Kerberos, which Credential Guard leaves alone", one=GUARDED),
    Case(row="credentialGuard", answer=YES, says="does not run", act=credssp),
    Case(row="listening", answer=NO, says="no address", one=replace(HV01, listener_addresses=())),
    Case(
        row="listening",
        answer=UNKNOWN,
        says="no network is configured yet",
        one=replace(HV01, networks=(), options=Options(listener_addresses="configured")),
    ),
    Case(row="listening", answer=YES, says="once live migration", act=on_host(EnableVirtualSystemMigration=False)),
    Case(row="listening", answer=UNKNOWN, says="", act=faulty("access-denied", class_name=VMMS)),
    Case(row="networksAllowed", answer=NO, says="neither", one=replace(HV01, networks=())),
    Case(row="networksAllowed", answer=YES, says="Any network", one=replace(HV01, networks=ANY)),
    Case(row="addressInNetwork", answer=NO, says="lies in 10.9.0.0/16", one=replace(HV01, networks=(ELSEWHERE,))),
    Case(
        row="addressInNetwork",
        answer=UNKNOWN,
        says="no network is configured yet",
        one=replace(HV01, networks=(), options=Options(listener_addresses="configured")),
    ),
    Case(row="namedNetworksUsed", answer=NO, says="confines nothing", one=replace(HV01, networks=(*ANY, SUBNET))),
    Case(row="rdma", answer=NO, says="no adapter", one=replace(HV01, rdma="none"), act=on_host(**SMB)),
    Case(row="rdma", answer=YES, says="An adapter has RDMA on", act=on_host(**SMB)),
    Case(row="sameDomain", answer=NO, says="in no domain", subject=f"hv01 and {OTHER}", one=replace(HV01, domain_joined=False)),
    Case(row="sameAuthentication", answer=NO, says="uses CredSSP", subject=BOTH, act=on_host(AuthenticationType=0)),
    Case(row="commonNetwork", answer=NO, says="10.9.0.0/16", subject=BOTH, one=replace(HV01, networks=(ELSEWHERE,))),
    Case(row="commonNetwork", answer=YES, says="allowed at hv01", subject=BOTH, one=replace(HV01, networks=ANY)),
    Case(
        row="commonNetwork", answer=UNKNOWN, says="192.168.10.11/32", subject=BOTH,
        one=replace(HV01, networks=(ALONE,)), other=replace(HV02, networks=(ALONE_TOO,)),
    ),
    Case(row="ports", answer=UNKNOWN, says="not probed", subject=BOTH),
    Case(row="accounts", answer=NO, says="no computer account", subject=THERE, act=in_directory("delete_computer", "HV02")),
    Case(
        row="accounts", answer=NO, says="disabled", subject=THERE,
        act=in_directory("set_user_account_control", "HV02", MEMBER | DISABLED),
    ),
    Case(row="delegation", answer=NO, says="cifs/HV01", subject=BACK, act=in_directory("set_delegation", "HV02", [])),
    Case(
        row="delegation", answer=NO, says="Memory moves so, storage does not", subject=THERE,
        act=in_directory("remove_delegation", "HV01", ["cifs/HV02", "cifs/hv02.lab.test"]),
    ),
    Case(
        row="delegation", answer=NO, says="does not list cifs/hv02.lab.test.", subject=THERE,
        act=in_directory("remove_delegation", "HV01", ["cifs/hv02.lab.test"]),
    ),
    Case(
        row="notSensitive", answer=NO, says="KDC refuses", subject=THERE,
        act=in_directory("set_user_account_control", "HV01", MEMBER | TRANSITION | SENSITIVE),
    ),
    Case(row="replicated", answer=NO, says="dc2.lab.test shows another", subject=THERE, act=lagging, replica=True),
    Case(row="replicated", answer=UNKNOWN, says="dc2.lab.test did not answer", subject=THERE, act=silent, replica=True),
    Case(row="replicated", answer=YES, says="dc2.lab.test shows the same", subject=THERE, replica=True),
    Case(
        row="protocolTransition", answer=NO, says="Kerberos only", subject=THERE,
        act=in_directory("set_user_account_control", "HV01", MEMBER),
    ),
    Case(
        row="notUnconstrained", answer=NO, says="any service", subject=THERE,
        act=in_directory("set_user_account_control", "HV01", MEMBER | UNCONSTRAINED | TRANSITION),
    ),
    Case(
        row="servicePrincipalNames", answer=NO, says="No account carries", subject=THERE,
        act=in_directory("remove_spns", "HV02", [f"{FS}/HV02"]),
    ),
    Case(
        row="servicePrincipalNames", answer=NO, says="is on 2 accounts", subject=THERE,
        act=in_directory("add_spns", "HV01", [f"{FS}/HV02"]),
    ),
    Case(
        row="classicDelegation", answer=NO, says="msDS-AllowedToActOnBehalfOfOtherIdentity", subject=THERE,
        act=only_resource_based,
    ),
    Case(
        row="classicDelegation", answer=YES, says="stands in for", subject=THERE,
        act=in_directory("set_attribute", "HV02", "msDS-AllowedToActOnBehalfOfOtherIdentity", ["any"]),
    ),
)  # fmt: skip


def test_two_hosts_that_have_everything_are_ready(pair_of: MakePair) -> None:
    """Every row says yes but the one about ports, which is advice and tells what to run where."""
    readiness = read(pair_of())
    assert {row: answer for row, answer in answers(readiness).items() if answer != YES} == {("ports", BOTH): UNKNOWN}
    assert readiness.ready == YES
    told = next(row.remedy for row in readiness.rows if row.id == "ports")
    assert f"Test-NetConnection {OTHER} -Port 6600 (on {ONE})" in told
    assert [row.remedy for row in readiness.rows if row.answer == YES and row.remedy] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}-{case.answer}-{case.says[:20]}")
def test_a_row_says_what_is_so(pair_of: MakePair, case: Case) -> None:
    """With what was seen; and where it is not met, what to do about it."""
    lab = pair_of(case.one, case.other, replica=case.replica)
    case.act(lab)
    readiness = read(lab)
    row = next(row for row in readiness.rows if (row.id, row.subject) == (case.row, case.subject))
    assert (row.answer, case.says in row.reason, row.remedy != "") == (case.answer, True, case.answer != YES), row
    if row.decisive and case.answer != YES:
        assert readiness.ready in (NO, case.answer)


def test_every_prerequisite_is_seen_not_to_be_met() -> None:
    """Or not to be seen, where it is never held against anybody."""
    wrong = {case.row for case in CASES if case.answer != YES}
    assert {check.id for check in (*HOST_CHECKS, *PAIR_CHECKS, *DIRECTION_CHECKS)} == wrong


def test_a_host_that_nobody_answers_for_is_unknown_and_the_rest_is_read(pair_of: MakePair) -> None:
    """Its own rows, and no failure; the other host and the directory are told as they are."""
    lab = pair_of()
    lab.hosts["HV01"].stop_listening()
    readiness = read(lab)
    of_one = {row.answer for row in readiness.rows if row.subject == ONE}
    of_other = {row.answer for row in readiness.rows if row.subject == OTHER}
    in_domain = {row.answer for row in readiness.rows if row.subject in (THERE, BACK)}
    assert (of_one, of_other, in_domain, readiness.ready) == ({UNKNOWN}, {YES}, {YES}, UNKNOWN)


def test_a_host_that_has_answered_before_and_does_not_any_more_is_unknown(pair_of: MakePair) -> None:
    """Its facts are known from before, as in a long run, and prove no contact now."""
    lab, run = pair_of(), Run()
    assert read(lab, run=run).ready == YES
    faulty("reset-before")(lab)
    readiness = read(lab, run=run)
    found = answers(readiness)
    assert (found["reachable", ONE], found["enabled", ONE], found["domainJoined", ONE]) == (UNKNOWN, UNKNOWN, YES)
    assert readiness.ready == UNKNOWN


def test_nobody_answering_at_all_is_unknown_throughout(pair_of: MakePair) -> None:
    """Hosts and directory, each with its own sentence."""
    lab = pair_of()
    assert lab.directory is not None
    for host in lab.hosts.values():
        host.stop_listening()
    lab.directory.stop()
    readiness = read(lab)
    assert {row.answer for row in readiness.rows} == {UNKNOWN}
    assert [row.id for row in readiness.rows if not row.reason or not row.remedy] == []


def test_a_refused_sign_in_is_told_and_proves_nothing_else(pair_of: MakePair) -> None:
    """The row about us says no, the others are unknown, and the password is in none."""
    readiness = read(pair_of(), password="Wrong-And-Planted-9")
    found = answers(readiness)
    assert (found["reachable", ONE], found["enabled", ONE], readiness.ready) == (NO, UNKNOWN, UNKNOWN)
    assert "Wrong-And-Planted-9" not in str(readiness)


def test_hosts_of_two_domains_are_not_looked_up_in_one(pair_of: MakePair) -> None:
    """Classic delegation does not cross a trust, which the row says."""
    lab = pair_of()
    lab.hosts["HV02"].change_facts(domain="other.test")
    readiness = read(lab)
    rows = {row.id: row for row in readiness.rows}
    assert (rows["sameDomain"].answer, "does not cross a trust" in rows["sameDomain"].reason) == (NO, True)
    assert rows["delegation"].answer == UNKNOWN
    assert lab.directory is not None
    assert lab.directory.journal.operations() == []


def test_hosts_of_two_domains_may_use_credssp_if_there_is_a_trust(pair_of: MakePair) -> None:
    """Which is not seen from here."""
    lab = pair_of()
    credssp(lab)
    lab.hosts["HV02"].change_facts(domain="other.test")
    rows = {row.id: row for row in read(lab).rows}
    assert (rows["sameDomain"].answer, "Get-ADTrust" in rows["sameDomain"].remedy) == (UNKNOWN, True)
    assert (rows["delegation"].answer, rows["delegation"].decisive) == (UNKNOWN, False)


@pytest.mark.parametrize(
    ("row", "act"),
    [
        ("delegation", in_directory("set_delegation", "HV01", [])),
        ("protocolTransition", in_directory("set_user_account_control", "HV01", MEMBER)),
        ("notUnconstrained", in_directory("set_user_account_control", "HV01", MEMBER | UNCONSTRAINED | TRANSITION)),
        ("notSensitive", in_directory("set_user_account_control", "HV01", MEMBER | SENSITIVE | TRANSITION)),
        ("servicePrincipalNames", in_directory("remove_spns", "HV02", [f"{FS}/HV02"])),
    ],
)
def test_credssp_makes_advice_of_the_truth(pair_of: MakePair, row: str, act: Callable[[Lab], None]) -> None:
    """Every fresh host uses it, and whoever plans Kerberos asks just then: what is not so is told, and does not count."""
    lab = pair_of()
    credssp(lab)
    act(lab)
    readiness = read(lab)
    found = next(each for each in readiness.rows if (each.id, each.subject) == (row, THERE))
    assert (found.answer, found.decisive, "needs no delegation" in found.reason) == (NO, False, True)
    assert found.remedy
    assert readiness.ready == YES


def test_a_controller_that_does_not_answer_is_told_and_does_not_count(pair_of: MakePair) -> None:
    """It may have been dead for long, and no host asks it then."""
    lab = pair_of(replica=True)
    silent(lab)
    assert read(lab).ready == YES


def test_hosts_with_another_suffix_than_their_domain_have_their_accounts_found(pair_of: MakePair) -> None:
    """A disjoint namespace: Windows knows the domain, and the account's DNS name lies elsewhere, as do its SPNs."""
    lab = pair_of()
    assert lab.directory is not None
    administrator = lab.directory.administrator
    for name in ("HV01", "HV02"):
        elsewhere = f"{name.lower()}.dmz.example"
        services = ("HOST", "RestrictedKrbHost", "cifs", FS)
        administrator.set_attribute(name, "dNSHostName", [elsewhere])
        administrator.set_attribute(
            name, "servicePrincipalName", [f"{service}/{form}" for service in services for form in (name, elsewhere)]
        )
    for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
        listed = [f"{service}/{form}" for service in ("cifs", FS) for form in (other, f"{other.lower()}.dmz.example")]
        administrator.set_delegation(name, listed)
    assert read(lab).ready == YES


def test_an_account_that_the_base_hides_is_told_as_such(pair_of: MakePair) -> None:
    """It is there, and the configuration does not show it."""
    lab = pair_of()
    given = {**lab.configuration()["directory"], "baseDn": "OU=Domain Controllers,DC=lab,DC=test"}
    rows = {row.id: row for row in read(lab, directory=given).rows}
    assert (rows["accounts"].answer, "is not below directory.baseDn" in rows["accounts"].reason) == (NO, True)


def test_delegation_that_others_list_does_not_matter(pair_of: MakePair) -> None:
    """Case and more entries make no difference."""
    lab = pair_of()
    in_directory("set_delegation", "HV01", [name.upper() for name in entries("HV02")] + ["cifs/FS01"])(lab)
    assert read(lab).ready == YES
