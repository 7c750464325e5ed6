"""The control interface of a host: what a test or an operator of the lab may ask and do, as plain JSON values.

=========  =====================  ================================================================================
method     path                   body, and what comes back
=========  =====================  ================================================================================
GET        (empty)                where the host listens; its settings, networks and facts
PATCH      settings               change settings by hand: {"AuthenticationType": 0, …} by their CIM names
POST       networks               add a network by hand: {"subnet": "192.168.10.0/24", "metric": 0, "tags": […]}
PATCH      networks/WHICH         change one: {"metric": 5, "tags": […]}; WHICH is its InstanceID or 192.168.10.0/24
DELETE     networks/WHICH         remove one by hand
PATCH      facts                  change what the host is: {"clustered": true, "active_migrations": 1, …}
GET        messages               what was received: messages, and counts by kind; sign-ins with messages/authentication
DELETE     messages               forget what was received
GET        history                every change of the state: time, by whom, before, after and the state after it
GET        faults                 the faults ordered, and how often each has struck
POST       faults                 order one: {"kind": "reset-after", "times": 1, "when": {"method": …}, …}
DELETE     faults                 forget the faults
POST       listening              {"enabled": false} refuses connections until {"enabled": true}
POST       jobs                   {"default": true} answers the settings methods with jobs; {"end": true} ends all
POST       enumerations           {"expire": true} lets every open context be over
GET        shells                 the command shells that are open, and the logon sessions whose tickets were purged
DELETE     shells                 close every command shell, as when nobody used them for too long
=========  =====================  ================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.hosts.state import USER_MANAGED, Snapshot

Body = dict[str, Any]
Answer = dict[str, Any]


def control(host: EmulatedHost, method: str, path: list[str], body: Body) -> Answer:
    """Answer one request of the control interface.

    Raises:
        LookupError: There is no such thing to ask for.
        ValueError: The body does not say what to do.
    """
    route = _ROUTES.get((method.upper(), path[0] if path else ""))
    if route is None:
        raise LookupError(f"no {method} {'/'.join(path)}")
    try:
        return route(host, path[1:], body)
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error


def describe(host: EmulatedHost) -> Answer:
    """Say where a host listens and what it is."""
    return {
        "name": host.name,
        "fqdn": host.fqdn,
        "url": host.url,
        "listening": host.listening,
        **_snapshot(host.snapshot),
    }


def _snapshot(snapshot: Snapshot) -> Answer:
    return {
        "settings": dict(snapshot.settings),
        "networks": [asdict(each) for each in snapshot.networks],
        "facts": asdict(snapshot.facts),
    }


def _describe(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    return describe(host)


def _settings(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    host.change(**body)
    return {"settings": host.settings}


def _add_network(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    number, _, prefix = str(body["subnet"]).partition("/")
    entry = host.add_network(
        number, int(prefix), metric=body.get("metric", 0), tags=tuple(body.get("tags", (USER_MANAGED,)))
    )
    return asdict(entry)


def _change_network(host: EmulatedHost, path: list[str], body: Body) -> Answer:
    changes = {**body, **({"tags": tuple(body["tags"])} if "tags" in body else {})}
    entry = host.find_network("/".join(path))
    host.change_network(entry.instance_id, **changes)
    return asdict(host.find_network(entry.instance_id))


def _remove_network(host: EmulatedHost, path: list[str], _body: Body) -> Answer:
    host.remove_network("/".join(path))
    return {}


def _facts(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    lists = {name: tuple(value) for name, value in body.items() if isinstance(value, list)}
    host.change_facts(**{**body, **lists})
    return {"facts": asdict(host.snapshot.facts)}


def _messages(host: EmulatedHost, path: list[str], _body: Body) -> Answer:
    received = host.journal.received(path[0] if path else "")
    return {"messages": [each.as_json() for each in received], "counts": host.journal.counts()}


def _forget_messages(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    host.journal.reset()
    return {}


def _history(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    return {
        "changes": [
            {
                "time": each.time.isoformat(),
                "by": each.by,
                "what": each.what,
                "before": dict(each.before),
                "after": dict(each.after),
                "state": _snapshot(each.snapshot),
            }
            for each in host.history
        ]
    }


def _faults(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    return {"faults": [each.as_json() for each in host.faults.ordered()]}


def _order_fault(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    details = dict(body)
    return host.inject(str(details.pop("kind", "")), **details).as_json()


def _clear_faults(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    host.faults.clear()
    return {}


def _listening(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    if body.get("enabled", True):
        host.resume_listening()
    else:
        host.stop_listening()
    return {"url": host.url, "listening": host.listening}


def _jobs(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    host.jobs_by_default = bool(body.get("default", host.jobs_by_default))
    if body.get("end", False):
        host.end_jobs()
    return {"default": host.jobs_by_default}


def _enumerations(host: EmulatedHost, _path: list[str], body: Body) -> Answer:
    if body.get("expire", False):
        host.expire_enumerations()
    return {}


def _shells(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    return {
        "shells": [
            {"shellId": each.identity, "owner": each.owner, "commands": list(each.commands)} for each in host.shells
        ],
        "purged": host.purged,
    }


def _close_shells(host: EmulatedHost, _path: list[str], _body: Body) -> Answer:
    host.expire_shells()
    return {}


_ROUTES: dict[tuple[str, str], Callable[[EmulatedHost, list[str], Body], Answer]] = {
    ("GET", ""): _describe,
    ("PATCH", "settings"): _settings,
    ("POST", "networks"): _add_network,
    ("PATCH", "networks"): _change_network,
    ("DELETE", "networks"): _remove_network,
    ("PATCH", "facts"): _facts,
    ("GET", "messages"): _messages,
    ("DELETE", "messages"): _forget_messages,
    ("GET", "history"): _history,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _order_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "listening"): _listening,
    ("POST", "jobs"): _jobs,
    ("POST", "enumerations"): _enumerations,
    ("GET", "shells"): _shells,
    ("DELETE", "shells"): _close_shells,
}
