"""The command forget: one person out of the state for good, with a certificate (R27)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from leadpact.errors import FixSettings, LeadpactError
from leadpact_app.cli.console import Console, crm_label, many, moment, of
from leadpact_app.cli.opening import crms_here, documents, settings_here, state_here

if TYPE_CHECKING:
    from datetime import datetime

    from leadpact.model.erasure import Erasure, Person
    from leadpact.model.record import RecordRef
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateStore
    from leadpact_app.settings import Settings

_ERASE: Final = "Erase everything that leadpact keeps of this person? It cannot be undone."
_ON_POSTGRES: Final = (
    "PostgreSQL: removed rows stay in its files until VACUUM FULL, and in its write-ahead log and replicas for "
    "as long as those are kept"
)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("forget", short_help="Erase a person from the state, for good.")(forget)


def forget(
    ctx: typer.Context,
    lead: str = typer.Argument(
        "", metavar="LEAD", help="Link id, record id or address in a CRM, or an e-mail address."
    ),
    also_in: list[str] = typer.Option(
        [], "--also-in", metavar="CRM", help="Tell how to erase the person there; may be repeated."
    ),
    listed: bool = typer.Option(False, "--list", help="List the erasures so far."),
    offline: bool = typer.Option(False, "--offline", help="Ask no CRM; name the lead by id."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="The certificate, for programs."),
) -> None:
    """Erase a person from every table of the state, for good, and print a certificate.

    What is kept are counts, and keyed hashes of the person's addresses and records, by which nobody can be recognised
    but which keep them from being taken in again. leadpact deletes nobody in a CRM: for each CRM that still has the
    person the certificate says where, and with --also-in how the person is erased there.

    \b
    Examples:
      leadpact forget ana.lima@acme.example
      leadpact forget 7c01d2ab --also-in hubspot --also-in salesforce
      leadpact forget 0035g00000ABCdEAAW --yes --json > certificate.json
      leadpact forget --list
    """
    console = of(ctx)
    if listed == bool(lead):
        raise FixSettings("Name one lead, or say --list.", code="usage")
    if listed:
        _list(console, as_json=as_json)
        return
    settings = settings_here()
    unknown = sorted(set(also_in) - set(settings.crm_tables()))
    if unknown:
        known = ", ".join(sorted(settings.crm_tables()))
        raise FixSettings(
            f"--also-in {unknown[0]}: there is no such CRM here ({known}).", code="usage"
        )
    told = _erase(console, settings, lead, also_in, offline=offline, yes=yes)
    if as_json:
        console.json(told)
    else:
        _show(console, told)


def _erase(
    console: Console,
    settings: Settings,
    lead: str,
    also_in: Sequence[str],
    *,
    offline: bool,
    yes: bool,
) -> dict[str, Any]:
    console.answerable(_ERASE, yes=yes)
    from leadpact.audit.person import person_of
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.bootstrap.forgetting import erase
    from leadpact_app.bootstrap.normalising import email_key
    from leadpact_app.cli.finding import leads_named

    _pact, mapping = documents(settings)
    clock = make_clock(settings)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(state_here())
        connectors: Mapping[str, Connector] = {}
        if not offline:
            connectors = _reachable(console, settings, stack)
        found = leads_named([lead], store, mapping, connectors)
        if len(found) > 1:
            raise FixSettings(
                f"{lead!r} names {len(found)} leads; give the id of one: {', '.join(found)}.",
                code="lead_unclear",
            )
        person = person_of(store, mapping, found[0], email_key)
        there = _records_there(store.sides(person.link_ids).values())
        asked = set(also_in)
        if not yes:
            for ref in there:
                console.warn(f"  {crm_label(ref.crm)} {ref.kind} {ref.id}{_at(connectors, ref)}")
            if not console.confirm(_ERASE):
                console.warn("Nothing was erased.")
                raise typer.Exit(0)
            asked |= {
                crm
                for crm in sorted({ref.crm for ref in there} - asked)
                if console.confirm(f"Is the person to be erased in {crm_label(crm)}, too?")
            }
        with contextlib.suppress(LeadpactError):
            clock.follow()
        person, erasure = erase(settings, store, mapping, found[0], clock.now())
        return _certificate(settings, person, erasure, there, asked, connectors)


def _reachable(
    console: Console, settings: Settings, stack: contextlib.ExitStack
) -> Mapping[str, Connector]:
    try:
        return stack.enter_context(crms_here(console, settings))
    except LeadpactError as error:
        if error.remedy not in ("wait", "sign in"):
            raise
        console.warn(f"No CRM was asked: {error}")
        return {}


def _records_there(groups: Any) -> list[RecordRef]:
    """Records of the person that its CRM still shows: live ones, duplicates, converted Leads."""
    left = ("live", "duplicate", "converted")
    return sorted({side.ref for group in groups for side in group if side.state in left})


def _at(connectors: Mapping[str, Connector], ref: RecordRef) -> str:
    connector = connectors.get(ref.crm)
    return f"  {connector.record_url(ref)}" if connector is not None else ""


def _certificate(
    settings: Settings,
    person: Person,
    erasure: Erasure,
    there: Sequence[RecordRef],
    asked: set[str],
    connectors: Mapping[str, Connector],
) -> dict[str, Any]:
    how = {crm: one.capabilities.how_to_erase for crm, one in connectors.items()}
    beyond = ["messages that were sent already", "copies of the state that you made yourself"]
    if settings.sources:
        beyond.append(f"sources outside the CRMs ({', '.join(sorted(settings.sources))})")
    if settings.state_file is None:
        beyond.append(_ON_POSTGRES)
    return {
        "erasure": erasure.id,
        "at": erasure.at,
        "pair": settings.pair,
        "state": settings.state_shown,
        "leads": len(person.link_ids),
        "removed": dict(erasure.removed),
        "redacted": dict(erasure.redacted),
        "kept": {"hashes": erasure.marks, "stages": dict(erasure.stages)},
        "still_in": [
            {
                "crm": ref.crm,
                "kind": ref.kind,
                "record": ref.id,
                "url": _at(connectors, ref).strip(),
                "asked": ref.crm in asked,
                "how": how.get(ref.crm, "") if ref.crm in asked else "",
            }
            for ref in there
        ],
        "not_reached": beyond,
    }


def _show(console: Console, told: Mapping[str, Any]) -> None:
    console.say(f"Certificate of erasure {told['erasure']}")
    console.say(f"  erased   {moment(told['at'])} UTC, from {told['state']} (pair {told['pair']})")
    rows = ", ".join(f"{name} {count:,}" for name, count in told["removed"].items())
    console.say(f"  removed  {rows or 'nothing'}")
    if told["redacted"]:
        named = ", ".join(f"{name} {count:,}" for name, count in told["redacted"].items())
        console.say(f"  taken out of what is kept of others and of runs: {named}")
    stages = ", ".join(f"{stage} {count}" for stage, count in told["kept"]["stages"].items())
    console.say(
        f"  kept     {many(told['kept']['hashes'], 'keyed hash').replace('hashs', 'hashes')}, so that nobody takes "
        f"the person in again; counts of stages ({stages or 'none'})"
    )
    for one in told["still_in"]:
        label = crm_label(one["crm"])
        console.say(
            f"  still in {label}: {one['kind']} {one['record']}  {one['url']}".rstrip()
            + ("" if one["asked"] else f"  (--also-in {one['crm']} tells how)")
        )
    for how in dict.fromkeys(one["how"] for one in told["still_in"] if one["how"]):
        console.say(f"           {how}")
    console.say(f"  not reached by leadpact: {'; '.join(told['not_reached'])}.")


def erased_before(
    store: StateStore,
    now: datetime,
    lead: str,
    refs: Sequence[RecordRef],
    addresses: Sequence[str],
) -> bool:
    """Whether what was asked for is of somebody erased; told by keyed hashes."""
    from leadpact_app.bootstrap.forgetting import forgotten_of
    from leadpact_app.bootstrap.normalising import email_key

    known = forgotten_of(settings_here(), store, now)
    if known is None:
        return False
    asked = {email_key(one) for one in (*addresses, lead) if "@" in one}
    return bool(known.records(refs) or known.addresses(asked) or known.our_ids([lead]))


def _list(console: Console, *, as_json: bool) -> None:
    with state_here() as store:
        found = store.erasures(1000)
    if as_json:
        console.json(
            {
                "erasures": [
                    {
                        "erasure": one.id,
                        "at": one.at,
                        "removed": dict(one.removed),
                        "records": dict(one.records),
                        "stages": dict(one.stages),
                        "hashes": one.marks,
                    }
                    for one in found
                ]
            }
        )
        return
    if not found:
        console.say("Nobody was erased from this state.")
        return
    console.table(
        "",
        ("Erasure", "When (UTC)", "Rows#", "Hashes#", "Records"),
        [
            (
                one.id,
                moment(one.at),
                sum(one.removed.values()),
                one.marks,
                ", ".join(f"{crm_label(crm)} {count}" for crm, count in one.records.items()),
            )
            for one in found
        ],
    )
