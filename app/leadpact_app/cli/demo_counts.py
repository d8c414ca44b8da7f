"""The count at the end: stages in both CRMs side by side, read from the CRMs alone, and the calls made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from leadpact.model.record import RecordRef
from leadpact_app.cli.demo_cast import Stand
from leadpact_app.cli.demo_first import HELD_IN_WORDS
from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import count, expect


def side_by_side(scene: Scene, stand: Stand) -> None:
    """Count people per stage in each CRM, and hold both to each other person by person.

    Raises:
        Stop: one person's stage differs, or bears two records of ours in one CRM.
    """
    screen, stages = scene.screen, scene.pair.pact.stages
    screen.chapter("Both CRMs, side by side, counted without leadpact")
    hubspot = _by_our_id(stand.hubspot.values(), "leadpact_lead_id")
    open_leads = [row for row in stand.leads.values() if not row["IsConverted"]]
    salesforce = _by_our_id([*open_leads, *stand.contacts.values()], "leadpact_lead_id__c")
    both = sorted(hubspot.keys() & salesforce.keys())
    differ = [
        key
        for key in both
        if hubspot[key]["leadpact_stage"] != salesforce[key]["leadpact_stage__c"]
    ]
    left, right = Counter[str](), Counter[str]()
    alone, alone_there = Counter[str](), Counter[str]()
    for key, row in hubspot.items():
        (left if key in salesforce else alone)[row["leadpact_stage"] or ""] += 1
    for key, row in salesforce.items():
        (right if key in hubspot else alone_there)[row["leadpact_stage__c"] or ""] += 1
    seen = {*left, *right, *alone, *alone_there}
    ordered = sorted(
        (key for key in seen if key), key=lambda key: (stages[key].side, stages[key].rank)
    )
    rows: list[tuple[object, ...]] = [
        (stages[key].label, left[key], right[key], alone[key], alone_there[key]) for key in ordered
    ]
    if "" in seen:
        rows.append(("not agreed yet (held)", left[""], right[""], alone[""], alone_there[""]))
    sums = [sum(each.values()) for each in (left, right, alone, alone_there)]
    rows.append(("", *sums))
    screen.table(
        ("Stage", "HubSpot#", "Salesforce#", "HubSpot only#", "Salesforce only#"),
        [tuple(str(cell) for cell in row) for row in rows],
    )
    expect(not differ, f"{len(differ)} people stand at different stages in the two CRMs")
    expect(left == right, "the counts per stage differ")
    screen.good(f"{count(len(both), 'person', 'people')} in both CRMs: every stage agrees.")
    native = sum(_native_agrees(scene, row) for row in hubspot.values())
    native_there = sum(
        _native_agrees(scene, row)
        for row in open_leads
        if row["leadpact_lead_id__c"] and row["leadpact_stage__c"]
    )
    own = sum(bool(row["leadpact_stage"]) for row in hubspot.values())
    own_there = sum(
        bool(row["leadpact_stage__c"] and row["leadpact_lead_id__c"]) for row in open_leads
    )
    expect(native == own, f"HubSpot's own stage contradicts the agreed one {own - native} times")
    expect(native_there == own_there, "a Lead Status contradicts the agreed stage")
    screen.good(
        f"HubSpot's own lifecycle stage ({native:,}) and Salesforce's Lead Status ({native_there:,}) follow it."
    )
    further = [
        key
        for key, row in hubspot.items()
        if key not in salesforce and _rank(scene, row["leadpact_stage"]) >= _rank(scene, "mql")
    ]
    _alone(scene, further)
    _rest(scene, stand, open_leads)


def _rank(scene: Scene, stage: str | None) -> int:
    found = scene.pair.pact.stages.get(stage or "")
    return found.rank if found is not None and not found.side else -1


def _alone(scene: Scene, further: list[str]) -> None:
    """People who should have a Lead and have none: each with the reason."""
    if not further:
        return
    store = scene.pair.store
    causes = Counter[str]()
    holds: dict[str, str] = {}
    # Of two leads that may be one person, one asks for both: its question names the records of the other.
    owner = {
        (side.ref.crm, side.ref.id): key
        for key, sides in store.sides(further).items()
        for side in sides
    }
    for one in store.holds():
        asks = (one.link_id, *(owner.get(named, "") for named in one.shown.items()))
        for key in asks:
            holds.setdefault(key, HELD_IN_WORDS.get(one.cause, one.cause.replace("_", " ")))
    for key, link in store.links(further).items():
        lacking = [name for name in ("email", "last_name", "company") if not link.base.get(name)]
        opted_out = "opted out of e-mail" if link.base.get("email_opt_out") is True else ""
        why = holds.get(key) or opted_out or (f"no {lacking[0]}" if lacking else "")
        expect(bool(why), "somebody who is MQL has no Lead, and nothing says why")
        causes[why.replace("_", " ")] += 1
    told = "; ".join(f"{number}: {why}" for why, number in causes.most_common())
    scene.screen.say(f"MQL or further, and no Lead made for them: {told}.")


def _by_our_id(rows: Any, name: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        key = row[name]
        if key:
            expect(key not in found, "two records of one CRM bear the same id of ours")
            found[key] = row
    return found


def _native_agrees(scene: Scene, row: Mapping[str, Any]) -> bool:
    """Whether a record's own stage fields mean, by the stage table, the stage in our picklist."""
    hubspot = "leadpact_stage" in row
    crm, kind = ("hubspot", "contacts") if hubspot else ("salesforce", "Lead")
    stage = row["leadpact_stage" if hubspot else "leadpact_stage__c"]
    if not stage:
        return False
    table = scene.pair.mapping.stage_table(crm, kind)
    return stage in (table.stages_of({name: row.get(name) for name in table.native_fields}) or ())


def _rest(scene: Scene, stand: Stand, open_leads: list[Mapping[str, Any]]) -> None:
    """Every record that the table does not count, and why."""
    store = scene.pair.store
    converted = len(stand.leads) - len(open_leads)
    second = [row["Id"] for row in open_leads if not row["leadpact_lead_id__c"]]
    refs = [RecordRef("salesforce", "Lead", one) for one in second]
    links = store.link_ids(refs)
    known = {
        side.ref: side.primary
        for sides in store.sides(sorted(set(links.values()))).values()
        for side in sides
    }
    expect(
        all(known.get(ref) is False for ref in refs),
        "an open Lead bears no id of ours and is no second record of anybody",
    )
    scene.screen.say(
        f"Not counted: {count(converted, 'converted Lead')} (the Contact counts; leadpact never writes "
        f"them), and {count(len(second), 'second Lead')} of somebody counted already (reported, never written)."
    )


def calls_made(scene: Scene) -> None:
    """What it all cost."""
    screen = scene.screen
    screen.chapter("What it took")
    rows: list[tuple[object, ...]] = [
        (label, str(calls["hubspot"]), str(calls["salesforce"]), f"{written:,}")
        for label, calls, written in scene.spent
    ]
    total = [sum(calls[crm] for _l, calls, _w in scene.spent) for crm in ("hubspot", "salesforce")]
    rows.append(("", f"{total[0]:,}", f"{total[1]:,}", f"{sum(w for *_x, w in scene.spent):,}"))
    screen.table(("Sync", "calls to HubSpot#", "calls to Salesforce#", "records written#"), rows)
    screen.say("Calls as the two CRMs counted them.")
