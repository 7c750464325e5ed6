"""The error tree: its drawing tells the truth, and what errors carry cannot change behind them."""

from __future__ import annotations

import inspect
import re

import pytest

from hyperv_migration.model import errors
from hyperv_migration.model.errors import (
    InvalidInput,
    MigrationError,
    NotReady,
    PartiallyApplied,
    RemoteFault,
)
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings

CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, MigrationError) and kind.__module__ == errors.__name__
}


def _drawn() -> dict[str, str]:
    """Each class of the drawing and the one it hangs on."""
    parents: dict[str, str] = {}
    branch = "MigrationError"
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    (│   )?[├└]── (\w+)", line):
            nested, name = match.groups()
            parents[name] = branch if nested else "MigrationError"
            branch = branch if nested else name
    return parents


def test_drawing_shows_every_class_where_it_hangs() -> None:
    """The tree at the top of the file is the tree in the code."""
    assert _drawn() == {name: kind.__mro__[1].__name__ for name, kind in CLASSES.items() if kind is not MigrationError}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_class_says_when_it_is_raised(name: str) -> None:
    """Whoever catches one reads in its docstring what it means."""
    assert (CLASSES[name].__doc__ or "").strip()


def test_message_is_the_text_the_user_reads() -> None:
    """No class adds numbers or names of its own to the sentence."""
    assert str(RemoteFault("HV01 could not.", code=32773)) == "HV01 could not."
    assert str(InvalidInput("subnet is wrong", property_name="subnet")) == "subnet is wrong"
    assert str(PartiallyApplied("HV01 broke off.", id="hv01", state={"enabled": True})) == "HV01 broke off."


def test_partial_state_is_kept_as_it_was() -> None:
    """What the engine is told to keep does not change with the record it was taken from."""
    seen = {"enabled": True}
    error = PartiallyApplied("HV01 broke off.", id="hv01.corp.example", state=seen)
    seen["enabled"] = False
    assert (error.id, error.state) == ("hv01.corp.example", {"enabled": True})


def test_service_without_instances_counts_as_denied() -> None:
    """A caller without rights sees an empty list (hyperv-wsman.md §6): never taken for an absence."""
    assert issubclass(NotReady, errors.AccessDenied)
    assert not issubclass(NotReady, errors.NotFound)


def test_no_record_shows_a_password() -> None:
    """Records end up in messages and logs by their repr; passwords do not."""
    secret = Credentials(username="CORP\\svc", password="Tr0ub4dor&3")
    connection = Connection(credentials=secret, directory=DirectorySettings(credentials=secret))
    assert "Tr0ub4dor" not in repr(secret) + repr(connection) + str(connection)
