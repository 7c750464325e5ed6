"""What a review says of a MigrationHost."""

from __future__ import annotations

from typing import Any

from hyperv_migration.model.host import ANY_NETWORK, HOST, difference, settings_in
from hyperv_migration.model.host_plan import restoration
from hyperv_migration.review.cmdlets import host_cmdlets
from hyperv_migration.review.preview import Step
from hyperv_migration.review.properties import (
    changed_names,
    changed_rows,
    created_rows,
    restored_rows,
    teardown,
    unmanaged,
)
from hyperv_migration.review.report import Detail
from hyperv_migration.review.text import WITHHELD, Text, data, listed, words

_TITLE: Text = ("Live-migration settings",)
_SAME: Text = ("As far as the state knows, nothing on the host differs from what was found.",)


def created(step: Step) -> Detail:
    """A host whose settings are managed from now on."""
    return Detail(
        title=_TITLE,
        rows=created_rows(HOST, step.inputs),
        commands=host_cmdlets(step.inputs["computerName"], settings_in(step.inputs)),
        alone=_alone(step),
        undo=(teardown(HOST, step.inputs), ("What is found is known at the first write.",)),
    )


def updated(step: Step) -> Detail:
    """A host whose settings change."""
    changed = changed_names(step, difference)
    settings = {name: value for name, value in settings_in(step.inputs).items() if name in changed}
    prior = step.state.get("priorSettings") or {}
    back = _released(step, changed)
    known = {name: prior[name] for name in settings_in(step.inputs) if name in prior}
    later = [name for name in settings if name not in prior]
    undo: list[Text] = [teardown(HOST, step.inputs)]
    found = listed(f"{name} = {data(value)}" for name, value in known.items())
    undo += [("Found before the first write: ", *found, ".")] if found else []
    undo += [("Found when this is applied: ", *listed(later), ".")] if later else []
    return Detail(
        title=_TITLE,
        rows=changed_rows(HOST, step.state, step.inputs, changed, back),
        commands=host_cmdlets(step.inputs["computerName"], {**settings, **back}) if settings or back else (),
        alone=_alone(step),
        undo=tuple(undo),
    )


def deleted(step: Step) -> Detail:
    """A host that is put back."""
    live = settings_in(step.state)
    plan = restoration(step.state, live)
    return Detail(
        title=_TITLE,
        rows=restored_rows(HOST, live, plan.writes),
        commands=host_cmdlets(step.state["computerName"], plan.writes) if plan.writes else (),
        alone=((*listed(plan.left), ": changed by somebody else since; left, with a warning."),) if plan.left else (),
        undo=(words(HOST.teardown),),
        notes=() if plan.writes else (_SAME if "priorSettings" in step.state else WITHHELD,),
    )


def _released(step: Step, changed: tuple[str, ...]) -> dict[str, Any]:
    """Return the value to which a released useAnyNetwork goes back, if the state shows it."""
    found = (step.state.get("priorSettings") or {}).get(ANY_NETWORK)
    return (
        {ANY_NETWORK: found} if ANY_NETWORK in changed and ANY_NETWORK not in step.inputs and found is not None else {}
    )


def _alone(step: Step) -> tuple[Text, ...]:
    names = unmanaged(HOST, step.inputs)
    return (("Not declared, so never written: ", *names, "."),) if names else ()
