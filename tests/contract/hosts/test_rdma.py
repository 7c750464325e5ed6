"""SMB without RDMA: warned about on a positive finding only, and asked for only where SMB is declared (P22, F12)."""

from __future__ import annotations

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host, Network
from support.hosts import Bench

HOST = "MigrationHost"
HV01 = "hv01.lab.test"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)
RDMA = "MSFT_NetAdapterRdmaSettingData"
WARNING = (
    "hv01.lab.test: no network adapter has RDMA switched on, and SMB without it is slower than Compression; use "
    "Compression, or switch RDMA on (Enable-NetAdapterRdma)."
)


def asked(bench: Bench) -> list[str]:
    """What HV01 was asked about its adapters."""
    return [one.class_name for one in bench.host().journal.received() if one.class_name.startswith("MSFT_")]


@pytest.mark.parametrize("rdma", ["none", "disabled"])
def test_smb_without_rdma_is_warned_about_and_written(bench_of: MakeBench, rdma: str) -> None:
    """It is slower, not wrong."""
    bench = bench_of(Host(name="HV01", rdma=rdma))  # type: ignore[arg-type]  # one of the literals
    _, state = bench.create(HOST, computerName=HV01, performanceOption="SMB")
    assert (bench.said.warnings, state["performanceOption"]) == ([WARNING], "SMB")


def test_smb_with_rdma_is_no_warning(bench_of: MakeBench) -> None:
    """As SMB Direct wants it."""
    bench = bench_of(Host(name="HV01", rdma="enabled"))
    bench.create(HOST, computerName=HV01, performanceOption="SMB")
    assert (bench.said.warnings, asked(bench)) == ([], [RDMA])


def test_nobody_asks_for_rdma_where_smb_is_not_declared(bench_of: MakeBench) -> None:
    """Not even a host whose setting is SMB already."""
    bench = bench_of(Host(name="HV01", rdma="none", networks=(NAMED,)))
    bench.host().change(EnableCompression=False, EnableSmbTransport=True)
    bench.create(HOST, computerName=HV01, enabled=True)
    assert (bench.said.warnings, asked(bench)) == ([], [])


def test_rdma_is_asked_for_once_in_a_process(bench_of: MakeBench) -> None:
    """Create and update of one run, two messages at most."""
    bench = bench_of(Host(name="HV01", rdma="none", networks=(NAMED,)))
    id_, state = bench.create(HOST, computerName=HV01, performanceOption="SMB")
    bench.update(HOST, id_, state, computerName=HV01, performanceOption="SMB", enabled=True)
    assert (asked(bench), bench.said.warnings) == ([RDMA, "MSFT_NetAdapter"], [WARNING, WARNING])


@pytest.mark.parametrize(
    ("class_name", "kind", "code"),
    [
        (RDMA, "access-denied", 2150859013),
        (RDMA, "soap-fault", 0x80338000),
        ("MSFT_NetAdapter", "empty", 0),
    ],
    ids=["denied", "no such class", "adapters hidden"],
)
def test_what_cannot_be_seen_of_rdma_is_no_warning(bench_of: MakeBench, class_name: str, kind: str, code: int) -> None:
    """Only a positive finding counts."""
    bench = bench_of(Host(name="HV01", rdma="none"))
    bench.host().inject(kind, when={"class_name": class_name}, code=code)
    _, state = bench.create(HOST, computerName=HV01, performanceOption="SMB")
    assert (bench.said.warnings, state["performanceOption"]) == ([], "SMB")
