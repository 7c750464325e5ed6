"""A lagging domain controller as the engine's user sees it, from `up` to `destroy` (DESIGN §3, Failure)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_hyperv_migration import KerberosDelegation
from support.engine import OperationFailedError, Stack
from support.samba_accounts import CONTROLLER, MEMBER
from support.samba_bench import configuration_of
from support.samba_pair import SECOND, Pair

pytestmark = [pytest.mark.engine, pytest.mark.samba]

TARGET = "cifs/hv02.lab.test"


def program() -> None:
    """Declare one direction."""
    KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"])


@pytest.fixture
def stack(engine: Path, pair: Pair, tmp_path: Path) -> Stack:
    """A stack that waits three seconds for replication."""
    assert engine.is_dir()
    found = Stack(tmp_path / "stack", program)
    configuration = configuration_of(pair.first, replicationTimeout=3)
    configuration["addresses"][SECOND] = pair.second.address
    plain = {f"hyperv-migration:{name}": value for name, value in configuration.items()}
    found.configure(plain, {"hyperv-migration:password": pair.first.password("operator")})
    return found


def granted(pair: Pair) -> tuple[bool, bool]:
    """What the KDC of the first and of the second domain controller answers."""
    return pair.first.kdc.s4u2proxy("HV01", TARGET), pair.second.kdc.s4u2proxy("HV01", TARGET)


def test_replication_that_stalls_and_comes_back(pair: Pair, stack: Stack) -> None:
    """`up` names who lags and keeps the truth, the next one completes it; `destroy` likewise."""
    pair.pause(pair.second)
    with pytest.raises(OperationFailedError) as failed:
        stack.up()
    assert any("has not reached dc2.lab.test" in sentence for sentence in failed.value.run.said("error"))
    kept = stack.resources()["there"]
    assert (kept["outputs"]["replicatedTo"], kept["outputs"]["pendingReplication"]) == ([CONTROLLER], [SECOND])
    assert granted(pair) == (True, False)
    assert stack.preview().steps["there"] == "update"

    pair.resume(pair.second)
    stack.up()
    assert stack.resources()["there"]["outputs"]["pendingReplication"] == []
    assert granted(pair) == (True, True)
    assert stack.is_settled()

    pair.pause(pair.second)
    with pytest.raises(OperationFailedError) as stalled:
        stack.destroy()
    assert any("has not reached dc2.lab.test" in sentence for sentence in stalled.value.run.said("error"))
    assert granted(pair) == (False, True)
    pair.resume(pair.second)
    stack.destroy()
    assert granted(pair) == (False, False)
    assert stack.resources() == {}
    assert (pair.first.delegation("HV01"), pair.second.delegation("HV01")) == ((set(), MEMBER), (set(), MEMBER))
