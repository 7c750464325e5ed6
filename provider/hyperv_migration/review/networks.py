"""What a review says of a MigrationNetwork."""

from __future__ import annotations

from typing import Any

from hyperv_migration.model.network import NETWORK, difference
from hyperv_migration.review.cmdlets import network_cmdlet
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
from hyperv_migration.review.text import WITHHELD, Data, Text, data, words

_OTHERS: Text = ("Every other entry of the host's list.",)


def _title(subnet: Any) -> Text:
    return "Migration network ", data(subnet)


def created(step: Step) -> Detail:
    """An entry that is added, or adopted where it is there already."""
    values = step.inputs
    return Detail(
        title=_title(values["subnet"]),
        rows=created_rows(NETWORK, values),
        commands=(network_cmdlet("Add", values["computerName"], values["subnet"], values.get("priority")),),
        alone=(_OTHERS, *_unmanaged(step)),
        undo=(teardown(NETWORK, values),),
        notes=(("An entry that is there already is adopted, not added a second time.",),),
    )


def updated(step: Step) -> Detail:
    """An entry whose priority or options change."""
    changed = changed_names(step, difference)
    values = step.inputs
    priority = values.get("priority") if "priority" in changed else None
    edit = network_cmdlet("Set", values["computerName"], values["subnet"], priority)
    return Detail(
        title=_title(values["subnet"]),
        rows=changed_rows(NETWORK, step.state, values, changed),
        commands=(edit,) if priority is not None else (),
        alone=(_OTHERS, *_unmanaged(step)),
        undo=(teardown(NETWORK, values), *_found(step)),
    )


def deleted(step: Step) -> Detail:
    """An entry that is removed, or stays because it was found."""
    state = step.state
    title = _title(state["subnet"])
    if "preexisting" not in state and state.get("onDestroy") != "Remove":
        return Detail(title=title, alone=(_OTHERS,), undo=(words(NETWORK.teardown),), notes=(WITHHELD,))
    if not state.get("preexisting") or state.get("onDestroy") == "Remove":
        return Detail(
            title=title,
            commands=(network_cmdlet("Remove", state["computerName"], state["subnet"]),),
            alone=(_OTHERS,),
            undo=(words(NETWORK.teardown),),
            notes=(("The entry leaves the host's list.",),),
        )
    prior, live = state.get("priorPriority"), state.get("priority")
    ours = live is not None and live == state.get("writtenPriority")
    back = {"priority": prior} if ours and prior is not None and prior != live else {}
    command = network_cmdlet("Set", state["computerName"], state["subnet"], prior)
    return Detail(
        title=title,
        rows=restored_rows(NETWORK, state, back),
        commands=(command,) if back else (),
        alone=(("The entry was found at create, so it stays.",), _OTHERS),
        undo=(words(NETWORK.teardown),),
    )


def _unmanaged(step: Step) -> tuple[Text, ...]:
    names = [name for name in unmanaged(NETWORK, step.inputs) if isinstance(name, Data)]
    return (("Its ", names[0], ", which is not declared."),) if names else ()


def _found(step: Step) -> tuple[Text, ...]:
    if not step.state.get("preexisting"):
        return (("The entry was added by this resource.",),)
    prior = step.state.get("priorPriority")
    was: Text = () if prior is None else (", with priority ", data(prior))
    return (("The entry was found at create", *was, "."),)
