"""Whether a WMI namespace is there. WMI itself lists them, so the answer depends on no provider that may be starting."""

from __future__ import annotations

from hyperv_migration.model.errors import AccessDenied, NotFound, RemoteFault
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman.session import Session

_CHILDREN = "SELECT * FROM __NAMESPACE"


def is_there(session: Session, namespace: str, deadline: Deadline | None = None) -> bool | None:
    """Ask the namespace above for its children, on the connection that was just answered; None if that cannot be seen.

    1. A list that has the name says yes.
    2. A list that lacks it says no. An empty one does so only where the list further above may be seen, because an
       account without rights may be shown nothing.
    3. Where the namespace above is not there, this one is not there either.
    """
    above, _, name = namespace.rpartition("/")
    if not above:
        # Every WMI has a root.
        return True
    try:
        children = session.enumerate(above, _CHILDREN, deadline)
    except NotFound:
        return False
    except (AccessDenied, RemoteFault):
        return False if is_there(session, above, deadline) is False else None
    if any((child.text("Name") or "").casefold() == name.casefold() for child in children):
        return True
    if children:
        return False
    return None if "/" not in above or is_there(session, above, deadline) is None else False
