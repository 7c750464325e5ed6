"""Reading on an open connection: one object or a whole subtree, with all pages and with long attributes whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import ldap3

from hyperv_migration.directory.ber import NotLdap
from hyperv_migration.directory.entries import Entry, Part, entries, parts
from hyperv_migration.directory.errors import NO_SUCH_OBJECT, SUCCESS, from_result
from hyperv_migration.directory.messages import PAGE
from hyperv_migration.model.errors import AccessDenied, RemoteFault
from hyperv_migration.operations.deadline import Deadline

_PAGED_RESULTS = "1.2.840.113556.1.4.319"
_EVERY_OBJECT = "(objectClass=*)"
_MOST_PAGES = 200
"""A hundred thousand objects; a forest's subnets, of which there are most, are some ten thousand."""
_MOST_PARTS = 100
"""Of one attribute, at 1,500 values each."""
_READING_TAKES = 5
"""Times the operation timeout: what one search may take with all its pages and parts."""


class Reading:
    """One search and what it takes to have its result whole; raises our errors and those of ldap3."""

    def __init__(self, connection: Any, controller: str, operation_timeout: float) -> None:
        self._connection = connection
        self._controller = controller
        self._deadline = Deadline(_READING_TAKES * operation_timeout)

    def one(self, dn: str, attributes: Iterable[str]) -> Entry | None:
        """Return one object; None if the directory says that there is none of this name."""
        found = self._ask(dn, _EVERY_OBJECT, attributes, search_scope=ldap3.BASE)
        return None if found is None else self._whole(self._only(found, dn))

    def every(self, base: str, query: str, attributes: Iterable[str]) -> list[Entry]:
        """Return every object of a subtree that the query selects."""
        found: list[Entry] = []
        cookie: bytes | None = None
        for _ in range(_MOST_PAGES):
            page = self._ask(base, query, attributes, paged_size=PAGE, paged_cookie=cookie)
            if page is None:
                raise from_result({"result": NO_SUCH_OBJECT}, self._controller)
            control = self._connection.result.get("controls", {}).get(_PAGED_RESULTS)
            found.extend(self._whole(entry) for entry in page)
            cookie = control["value"]["cookie"] if control else None
            if not cookie:
                return found
        raise NotLdap(f"a search result of more than {_MOST_PAGES} pages")

    def _ask(self, base: str, query: str, attributes: Iterable[str], **options: Any) -> list[Entry] | None:
        """Send one search request; None if its base is not there."""
        if self._deadline.remaining <= 0:
            raise TimeoutError
        _, result, response, _ = self._connection.search(base, query, attributes=list(attributes), **options)
        check_kind(result, "searchResDone")
        if result["result"] == NO_SUCH_OBJECT:
            return None
        if result["result"] != SUCCESS:
            raise from_result(result, self._controller)
        return entries(response, self._controller)

    def _only(self, found: list[Entry], dn: str) -> Entry:
        if len(found) > 1:
            raise NotLdap(f"{len(found)} objects for one name")
        if not found:
            # The filter holds for every object, so this one may not be looked at.
            raise AccessDenied(
                f"{self._controller} shows nothing of {dn or 'its rootDSE'} and does not say that it is gone; give the account "
                "in use the right to read it."
            )
        return found[0]

    def _whole(self, entry: Entry) -> Entry:
        """Ask for the rest of long attributes; what cannot be had whole is an error, or it would look removed."""
        attributes = dict(entry.attributes)
        for part in parts(entry):
            attributes[part.name] = self._with_rest(entry, part)
        return replace(entry, attributes=attributes)

    def _with_rest(self, entry: Entry, part: Part) -> tuple[bytes, ...]:
        values: tuple[bytes, ...] = ()
        for _ in range(_MOST_PARTS):
            if part.first != len(values):
                raise entry.broken(part.name, f"goes on at {part.first} after {len(values)} values")
            values += part.values
            if part.last is None:
                return values
            wanted = f"{part.name};range={len(values)}-*"
            found = self._ask(entry.dn, _EVERY_OBJECT, [wanted], search_scope=ldap3.BASE)
            if found is None:
                raise RemoteFault(
                    f"{entry.dn} went away on {self._controller} while it was being read; run again.",
                    code=NO_SUCH_OBJECT,
                )
            following = [each for each in parts(self._only(found, entry.dn)) if each.name == part.name]
            if len(following) != 1:
                raise entry.broken(part.name, "ends in its midst")
            part = following[0]
        raise NotLdap(f"an attribute in more than {_MOST_PARTS} parts")


def check_kind(result: Mapping[str, Any], kind: str) -> None:
    """Make sure that an answer is one to the kind of request that was sent; ldap3 looks at its number only."""
    if result.get("type") != kind:
        raise NotLdap("the answer to another kind of request")
