"""The rule that asks for the reason of a rejection, written to a folder for a CRM's admin (R16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.ports.connector import Connector

MESSAGE = (
    "A rejection needs a reason that both teams can read: pick one in Leadpact: Rejection reason."
)
DEPLOY = (
    "`sf project deploy start --source-dir {folder}` deploys it, once the org's admin has agreed."
)


@dataclass(frozen=True, slots=True)
class RuleWritten:
    """One rule: its file, or why there is none."""

    crm: str
    kind: str
    path: str
    why_not: str = ""


def write(
    mapping: LeadMapping, connectors: Mapping[str, Connector], folder: Path, *, dry_run: bool
) -> list[RuleWritten]:
    """One file per kind whose CRM can ask for a reason; ``dry_run`` names them and writes none.

    Raises:
        FixSettings: the folder cannot be written.
    """
    from leadpact.ports.connector import OffersReasonRule, ReasonRule

    made: list[RuleWritten] = []
    for crm, connector in connectors.items():
        if not isinstance(connector, OffersReasonRule):
            continue
        for kind in mapping.kinds(crm):
            table = mapping.stage_table(crm, kind)
            if not table.reason_field or not table.rejecting():
                continue
            rule = ReasonRule(kind, table.reason_field, table.rejecting(), MESSAGE)
            try:
                file = connector.reason_rule(rule)
            except FixSettings as error:
                made.append(RuleWritten(crm, kind, "", error.message))
                continue
            path = folder.joinpath(*file.path.split("/"))
            if not dry_run:
                _write(path, file.text)
            made.append(RuleWritten(crm, kind, str(path)))
    return made


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FixSettings(
            f"{path} cannot be written.", code="file_unwritable", detail=str(error)
        ) from error
