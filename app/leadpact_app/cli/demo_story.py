"""The demo's second half: people at work in both CRMs, the quarrel, the step back, and the count at the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from leadpact_app.cli.console import crm_label
from leadpact_app.cli.demo_cast import Cast, Person, Stand, acts_to_mql
from leadpact_app.cli.demo_scene import QUIET_AFTER_S, QUIET_MINUTE_S, Scene
from leadpact_app.cli.demo_screen import calls_told, expect
from leadpact_app.cli.demo_world import World

DOMAIN = "@halden.example"
MARKETER = "ines.robledo" + DOMAIN
REP = "aiko.tanabe" + DOMAIN
OTHER_REP = "sam.oyelaran" + DOMAIN
EXECUTIVE = "nadia.haddad" + DOMAIN
MOST_QUIET_WAITS = 6
REJECTED = "Closed - Not Converted"


class Staff:
    """Who acts, as the sandbox's control API names them."""

    def __init__(self, world: World) -> None:
        owners, users = world.owners(), world.users()
        self.marketer = f"person:{owners[MARKETER]}"
        self.rep = f"person:{users[REP]}"
        self.other_rep = f"person:{users[OTHER_REP]}"
        self.executive = f"person:{users[EXECUTIVE]}"


def ordinary_morning(scene: Scene, cast: Cast, staff: Staff) -> None:
    """Six things happen; one sync carries exactly them."""
    screen, world = scene.screen, scene.world
    screen.chapter("An ordinary morning")
    scene.calm()
    scene.pair.clock.follow()
    now = scene.pair.clock.now()
    just_now = (now - timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    title = "Head of Revenue Operations"
    world.edit_contact(cast.asks.hs_contact, {"last_demo_request": just_now}, "workflow:7101")
    acts = acts_to_mql(cast.visits)
    world.edit_contact(cast.visits.hs_contact, {act[0]: just_now for act in acts}, "workflow:7102")
    world.edit_contact(cast.corrected.hs_contact, {"jobtitle": title}, staff.marketer)
    world.edit_lead(cast.accepted.sf_lead, {"Status": "Working - Contacted"}, staff.rep)
    world.edit_lead(
        cast.rejected.sf_lead,
        {"Status": REJECTED, "leadpact_rejection_reason__c": "no_budget"},
        staff.other_rep,
    )
    deal = f"{cast.converted.company} - first order"
    world.convert(cast.converted.sf_lead, deal, staff.executive)
    screen.table(
        ("Where", "Who", "What"),
        [
            ("HubSpot", "the website", f"{cast.asks.name} asks for a demo"),
            ("HubSpot", "the website", f"{cast.visits.name} {', '.join(act[2] for act in acts)}"),
            ("HubSpot", "Inés, marketer", f"sets {cast.corrected.name}'s title: {title}"),
            ("Salesforce", "Aiko, rep", f"accepts {cast.accepted.name}: Working - Contacted"),
            ("Salesforce", "Sam, rep", f"rejects {cast.rejected.name}: no budget"),
            ("Salesforce", "Nadia, AE", f"converts {cast.converted.name}, with an opportunity"),
        ],
    )
    scene.later()
    players = [
        cast.asks,
        cast.visits,
        cast.corrected,
        cast.accepted,
        cast.rejected,
        cast.converted,
    ]
    also = scene.due()
    cycle = scene.sync("an ordinary morning")
    screen.say("One sync. It wrote these records and no others:")
    scene.show_writes(cycle, players)
    scene.expect_only(cycle, players, also)
    _expect_morning(cast, cycle.after, title)
    scene.say_written(cycle)
    scene.later(QUIET_MINUTE_S)
    scene.again("the same again")
    for _wait in range(MOST_QUIET_WAITS):
        # First contact comes due, which is written, and the signal sources are read.
        scene.later(QUIET_AFTER_S)
        if not scene.sync("what came due meanwhile").writes:
            break
    scene.later(QUIET_MINUTE_S)
    quiet = scene.again("a quiet minute")
    kinds = {"hubspot": 1, "salesforce": 3}
    expect(dict(quiet.calls) == kinds, f"a quiet cycle took {calls_told(quiet.calls)}")
    screen.say(
        "The first time the CRMs reported our own writes back: read, and nothing to do. After that "
        "a cycle is one question per kind of record; places that keep signals are asked at a pace of their own."
    )


def _expect_morning(cast: Cast, after: Stand, title: str) -> None:
    hubspot = after.hubspot
    lead = _lead_of(after, cast.asks)
    expect(lead.get("leadpact_stage__c") == "mql", "a demo request did not reach Salesforce as MQL")
    expect(
        hubspot[cast.visits.hs_contact]["lifecyclestage"] == "marketingqualifiedlead"
        and _lead_of(after, cast.visits)["leadpact_stage__c"] == "mql",
        "the points did not make an MQL",
    )
    expect(
        after.leads[cast.corrected.sf_lead]["Title"] == title,
        "the marketer's title did not reach Salesforce",
    )
    accepted = hubspot[cast.accepted.hs_contact]
    expect(
        accepted["leadpact_stage"] == "sal" and accepted["hs_lead_status"] == "IN_PROGRESS",
        "HubSpot does not show the acceptance",
    )
    rejected = hubspot[cast.rejected.hs_contact]
    expect(
        rejected["leadpact_stage"] == "recycled"
        and rejected["lifecyclestage"] == "lead"
        and rejected["leadpact_rejection_reason"] == "no_budget",
        "HubSpot does not show the rejection with its reason",
    )
    converted = hubspot[cast.converted.hs_contact]
    expect(
        converted["leadpact_stage"] == "opportunity"
        and converted["lifecyclestage"] == "opportunity"
        and _contact_of(after, cast.converted)["leadpact_stage__c"] == "opportunity",
        "the conversion did not make an opportunity in both CRMs",
    )


def quarrel(scene: Scene, cast: Cast, staff: Staff) -> None:
    """Marketing pulls up while sales rejects: one outcome, told to both (SEMANTICS scene 3)."""
    screen, world, who = scene.screen, scene.world, cast.quarrelled
    screen.chapter("The quarrel: both teams move one lead in the same minute")
    world.edit_contact(who.hs_contact, {"lifecyclestage": "salesqualifiedlead"}, staff.marketer)
    world.edit_lead(
        who.sf_lead,
        {"Status": REJECTED, "leadpact_rejection_reason__c": "bad_timing"},
        staff.other_rep,
    )
    screen.table(
        ("Where", "Who", "What"),
        [
            ("HubSpot", "Inés, marketer", f"drags {who.name} from MQL up to SQL"),
            ("Salesforce", "Sam, rep", f"rejects {who.name}: bad timing"),
        ],
    )
    scene.later()
    also = scene.due()
    cycle = scene.sync("the quarrel")
    scene.expect_only(cycle, [who], also)
    hubspot, lead = cycle.after.hubspot[who.hs_contact], cycle.after.leads[who.sf_lead]
    screen.table(
        ("Both CRMs, afterwards", "HubSpot", "Salesforce"),
        [
            ("agreed stage", hubspot["leadpact_stage"], lead["leadpact_stage__c"]),
            (
                "the CRM's own fields",
                f"{hubspot['lifecyclestage']}, {hubspot['hs_lead_status']}",
                lead["Status"],
            ),
            (
                "rejection reason",
                hubspot["leadpact_rejection_reason"],
                lead["leadpact_rejection_reason__c"],
            ),
            (
                "why, on the record",
                hubspot["leadpact_stage_reason"],
                lead["leadpact_stage_reason__c"],
            ),
        ],
    )
    _expect_one_outcome(scene, who, hubspot, lead)
    screen.say(_overtaken(scene, who))
    scene.say_written(cycle)
    scene.later()
    scene.again("the quarrel again")
    screen.good("No ping-pong.")


def _expect_one_outcome(
    scene: Scene, who: Person, hubspot: Mapping[str, Any], lead: Mapping[str, Any]
) -> None:
    expect(
        hubspot["leadpact_stage"] == lead["leadpact_stage__c"] == "recycled",
        "the quarrel has no single outcome",
    )
    expect(
        (hubspot["lifecyclestage"], hubspot["hs_lead_status"]) == ("lead", "BAD_TIMING"),
        "HubSpot's own fields do not follow the outcome",
    )
    told = (hubspot["leadpact_stage_reason"], lead["leadpact_stage_reason__c"])
    label = scene.pair.pact.reasons["bad_timing"].label
    expect(all(label in (text or "") for text in told), f"{who.name}'s record does not say why")


def _overtaken(scene: Scene, who: Person) -> str:
    said = [
        one
        for one in scene.pair.store.transitions(who.lead_id)
        if one.result in ("overtaken", "refused") and one.crm == "hubspot"
    ]
    expect(bool(said), "the move that lost is not on the lead's history")
    return f"The lead's history keeps the move that lost: “{said[-1].why}”" if said else ""


def step_back(scene: Scene, cast: Cast, staff: Staff) -> None:
    """A marketer sets an SQL back without a reason: refused, restored by one write."""
    screen, world, who = scene.screen, scene.world, cast.dragged
    screen.chapter("A step back without a reason is refused, and put right")
    before = who.lifecycle
    world.edit_contact(who.hs_contact, {"lifecyclestage": "lead"}, staff.marketer)
    screen.say(f"Inés sets {who.name} back in HubSpot: {before} → lead. No reason given.")
    scene.later()
    also = scene.due()
    cycle = scene.sync("the step back")
    scene.show_writes(cycle, [who])
    scene.expect_only(cycle, [who], also)
    mine = [one for one in cycle.writes if one.link_id == who.lead_id]
    expect(
        len(mine) == 1 and mine[0].op == "set" and mine[0].ref.crm == "hubspot",
        "the refused step back took more than one forward write",
    )
    after = cycle.after.hubspot[who.hs_contact]
    expect(after["lifecyclestage"] == before, "the stage was not put back")
    refused = [one for one in scene.pair.store.transitions(who.lead_id) if one.result == "refused"]
    expect(bool(refused), "the refusal is not on the lead's history")
    if refused:
        screen.say(f"On the lead's history: “{refused[-1].why}”")
    screen.good("Restored by one write.")
    scene.later()
    scene.again("the step back again")


def rep_sees(scene: Scene, cast: Cast, after: Stand) -> None:
    """What stands on the Lead that the demo request made, and what ``explain`` tells of the quarrel."""
    from leadpact.audit import explain

    screen = scene.screen
    screen.chapter("Why is this lead where it is? Ten seconds, in the CRM itself")
    lead = _lead_of(after, cast.asks)
    lines = [
        f"{'Stage':<7}{scene.pair.pact.label(lead['leadpact_stage__c'])}",
        f"{'Why':<7}{lead['leadpact_stage_reason__c']}",
        "",
        *(lead["leadpact_breakdown__c"] or "").splitlines(),
    ]
    screen.card(f"Salesforce · Lead · {lead['Name']}, {lead['Company']}", "\n".join(lines))
    who = cast.quarrelled
    names = {crm: crm_label(crm) for crm in scene.pair.connectors}
    story = explain(scene.pair.store, scene.pair.pact, who.lead_id, names=names)
    expect(story is not None and bool(story.history), "explain does not know the quarrelled lead")
    if story is not None:
        told = [*story.headlines, "", "History, newest first:"]
        told += [f"{one.transition.at:%H:%M}  {one.sentence}" for one in story.history]
        screen.card(f"leadpact explain {who.email}", "\n".join(told))


def _lead_of(after: Stand, who: Person) -> Mapping[str, Any]:
    found = [row for row in after.leads.values() if row["leadpact_lead_id__c"] == who.lead_id]
    expect(len(found) == 1, f"Salesforce holds {len(found)} Leads of {who.name} that bear our id")
    return found[0]


def _contact_of(after: Stand, who: Person) -> Mapping[str, Any]:
    found = [row for row in after.contacts.values() if row["leadpact_lead_id__c"] == who.lead_id]
    expect(
        len(found) == 1, f"Salesforce holds {len(found)} Contacts of {who.name} that bear our id"
    )
    return found[0]
