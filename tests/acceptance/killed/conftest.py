"""A lab in which others have something everywhere we write."""

from __future__ import annotations

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Computer, Host, Network


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """Three hosts with something of others on each, and HV01 delegating to others already."""
    theirs = Network(subnet_number="192.168.10.0", prefix_length=24, metric=7)
    lab = lab_of(
        Host(name="HV01", allowed_to_delegate_to=("http/web", "CIFS/hv02")),
        Host(name="HV02", networks=(theirs,)),
        Host(name="HV03"),
        computers=(Computer(name="FS01"),),
    )
    lab.hosts["HV01"].change(MaximumActiveVirtualSystemMigration=9)
    return lab
