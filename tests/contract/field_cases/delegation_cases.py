"""Cases of delegation, on the embedded directory."""

from __future__ import annotations

from contract.field_cases.player import MIGRATION_SERVICE, Case, Step, delegation, entries
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Computer, Host

_PLAIN, _TRANSITION, _UNCONSTRAINED = 0x1000, 0x1001000, 0x81000
_STORAGE = entries("TT-FS01", "TT-SOFS01", services=("cifs",))
_FOREIGN = {"Hyper-V Replica Service/HV02", "Microsoft Virtual Console Service/HV02"}
_BOTH = entries("HV02")


def _an_entry_is_gone(lab: Lab) -> None:
    assert lab.directory is not None
    lab.directory.administrator.set_delegation("HV01", sorted(_BOTH - {"cifs/HV02"}))


DELEGATION_CASES = (
    Case(
        number="C30",
        source="technology-toolbox/Notebook TT-HV02A: cifs of TT-FS01 and TT-SOFS01 beside the hosts",
        says="what storage needs was there before, and stays",
        host=Host(name="HV01", allowed_to_delegate_to=tuple(sorted(_STORAGE)), user_account_control=_TRANSITION),
        computers=(Computer(name="TT-FS01"), Computer(name="TT-SOFS01")),
        steps=(
            Step(do="up", program=delegation("HV02"), writes=1, delegation=(_BOTH | _STORAGE, _TRANSITION)),
            Step(do="destroy", writes=1, delegation=(_STORAGE, _TRANSITION)),
        ),
    ),
    Case(
        number="C33",
        source="Set-KCD.ps1, CSV example with vmhost1, vmhost2 and fhost1",
        says="add and remove by program; the rest of the list is neither replaced nor cleared",
        host=Host(name="HV01", allowed_to_delegate_to=("HTTP/WEB01",)),
        computers=(Computer(name="FHOST1"),),
        steps=(
            Step(
                do="up",
                program=delegation("HV02"),
                writes=1,
                delegation=(_BOTH | {"HTTP/WEB01"}, _TRANSITION),
                warns="1 other entries with Kerberos only",
            ),
            Step(
                do="up",
                program=delegation("HV02", "FHOST1", services=["cifs"]),
                writes=1,
                delegation=(entries("HV02", "FHOST1", services=("cifs",)) | {"HTTP/WEB01"}, _TRANSITION),
            ),
            Step(do="destroy", writes=1, delegation=({"HTTP/WEB01"}, _PLAIN)),
        ),
    ),
    Case(
        number="C36",
        source="a delegation script with -Server, which also lists Hyper-V Replica and the virtual console",
        says="service classes this provider does not know are somebody's, and stay",
        host=Host(name="HV01", allowed_to_delegate_to=tuple(sorted(_FOREIGN)), user_account_control=_TRANSITION),
        steps=(
            Step(do="up", program=delegation("HV02"), writes=1, delegation=(_BOTH | _FOREIGN, _TRANSITION)),
            Step(do="destroy", writes=1, delegation=(_FOREIGN, _TRANSITION)),
        ),
    ),
    Case(
        number="C38",
        source="Windows Admin Center issue 405: both services both ways, TrustedToAuth False, fails from the centre",
        says="only protocol transition is missing, so only that is written, and put back",
        host=Host(name="HV01", allowed_to_delegate_to=tuple(sorted(_BOTH))),
        steps=(
            Step(
                do="up",
                program=delegation("HV02"),
                writes=1,
                delegation=(_BOTH, _TRANSITION),
                state={"addedServicePrincipalNames": [], "protocolTransitionBefore": False},
            ),
            Step(do="destroy", writes=1, delegation=(_BOTH, _PLAIN)),
        ),
    ),
    Case(
        number="C41",
        source="dsccommunity/ActiveDirectoryDsc tests/Integration/MSFT_ADServicePrincipalName.config.ps1",
        says="a name on two accounts is refused, and both are named",
        computers=(Computer(name="SQL01", service_principal_names=(f"{MIGRATION_SERVICE}/HV02",)),),
        steps=(
            Step(
                do="up",
                program=delegation("HV02"),
                fails="is on 2 accounts: CN=HV02,CN=Computers,DC=lab,DC=test; CN=SQL01",
                delegation=(set(), _PLAIN),
            ),
        ),
    ),
    Case(
        number="C47",
        source="pulumi issues 13839 and 21315: refresh shows drift that up does not correct",
        says="what a refresh finds, the next up repairs",
        steps=(
            Step(do="up", program=delegation("HV02"), writes=1, delegation=(_BOTH, _TRANSITION)),
            Step(do="hand", by_hand=_an_entry_is_gone, writes=0),
            Step(do="refresh"),
            Step(do="up", writes=1, delegation=(_BOTH, _TRANSITION)),
        ),
    ),
    Case(
        number="P07",
        source="the source document, and many posts: storage moves fail while memory moves",
        says="both services by default; memory alone is asked for",
        steps=(
            Step(do="up", program=delegation("HV02"), writes=1, delegation=(_BOTH, _TRANSITION)),
            Step(
                do="up",
                program=delegation("HV02", services=[MIGRATION_SERVICE]),
                writes=1,
                delegation=(entries("HV02", services=(MIGRATION_SERVICE,)), _TRANSITION),
            ),
        ),
    ),
    Case(
        number="P28",
        source="progressiverobot.com: restore prior delegation entries from a documented baseline",
        says="unconstrained delegation that was replaced comes back on destroy",
        host=Host(name="HV01", user_account_control=_UNCONSTRAINED),
        steps=(
            Step(do="up", program=delegation("HV02"), fails="unconstrained", delegation=(set(), _UNCONSTRAINED)),
            Step(
                do="up",
                program=delegation("HV02", replaceUnconstrained=True),
                writes=1,
                delegation=(_BOTH, _TRANSITION),
            ),
            Step(do="destroy", writes=1, delegation=(set(), _UNCONSTRAINED)),
        ),
    ),
)
