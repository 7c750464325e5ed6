"""What the writer says of a directory that will not take an entry."""

from __future__ import annotations

from typing import cast

import pytest

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_plan import plan_grant
from hyperv_migration.model.errors import Conflict
from hyperv_migration.operations.account_writer import AccountWriter
from hyperv_migration.operations.ports import DirectoryPort
from support.said import Said


class Unwilling:
    """A domain controller that refuses every change as a value that exists."""

    domain_controller = "dc1.lab.test"

    def __init__(self, account: ComputerAccount) -> None:
        self.account = account

    def computer(self, guid: str) -> ComputerAccount:
        """The account, unchanged."""
        del guid
        return self.account

    def change(self, account: ComputerAccount, change: AccountChange) -> bool:
        """Refuse."""
        del account, change
        return False


@pytest.mark.parametrize(
    ("listed", "says"),
    [(["cifs/HV02 "], "takes no entry beside 'cifs/HV02 '"), (["http/web"], "Others kept changing")],
)
def test_an_entry_that_a_blank_keeps_out_is_told_as_such(listed: list[str], says: str) -> None:
    """A directory that takes the two for one would look like somebody who is always faster."""
    account = ComputerAccount(
        guid="457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
        distinguished_name="CN=HV01,DC=lab,DC=test",
        sam_account_name="HV01$",
        dns_host_name="hv01.lab.test",
        user_account_control=0x1001000,
        allowed_to_delegate_to=tuple(listed),
    )
    writer = AccountWriter(cast("DirectoryPort", Unwilling(account)), account, Ledger(), Said())
    with pytest.raises(Conflict, match=says):
        writer.bring_to(lambda live: plan_grant(live, ["cifs/HV02"]))
    assert writer.wrote is False
