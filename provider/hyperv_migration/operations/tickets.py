"""Kerberos tickets of the source host: a change of delegation counts for new ones only (active-directory.md, 35-38)."""

from __future__ import annotations

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import Inputs
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.operations.ports import Call

_BY_HAND = "run klist -li 0x3e7 purge (and 0x3e4) on it in an elevated prompt, or wait about 15 minutes"

TICKETS_LAST = 15 * 60.0
"""Seconds after which a ticket obtained before a change is asked for anew (active-directory.md, 35)."""

_PATIENCE = 60.0
"""Seconds for what usually takes one; the delegation does not wait longer for it."""


def purge_tickets(source: ComputerAccount, options: Inputs, call: Call) -> bool:
    """Purge the tickets of the source's system accounts if that is asked for; returns whether it was done.

    The delegation itself is written by then, so a failure here is a warning that names the step by hand.
    """
    if not options.get("purgeTickets"):
        call.log.note(
            f"New tickets due on {source.short_name}: {_BY_HAND}. The change of its delegation counts for new ones only."
        )
        return False
    try:
        call.targets.host(
            source.dns_host_name or source.short_name, options.get("profile"), call.deadline(_PATIENCE)
        ).purge_tickets()
    except MigrationError as error:
        call.log.warning(f"The tickets of {source.short_name} were not purged: {error} To do it yourself, {_BY_HAND}.")
        return False
    return True
