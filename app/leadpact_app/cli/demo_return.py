"""The end of the quarrel: sixty days later the lead returns, as episode 2, its rejection on top (SEMANTICS scene 3)."""

from __future__ import annotations

from leadpact_app.cli.demo_cast import Cast
from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import count, expect
from leadpact_app.cli.demo_story import Staff

SIXTY_DAYS_S = 60 * 24 * 3600
COMES_BACK_BY = {
    "last_demo_page_view": "the demo page",
    "last_pricing_page_view": "the pricing page",
}


def sixty_days_later(scene: Scene, cast: Cast, staff: Staff) -> None:
    """Time alone brings nobody back; new evidence does, and never to the rep who rejected."""
    from leadpact.lifecycle.episodes import earlier_rejection
    from leadpact.sync.context import Limits

    screen, world, who, store = scene.screen, scene.world, cast.quarrelled, scene.pair.store
    screen.chapter("Sixty days later: it comes back, as episode 2")
    world.advance(SIXTY_DAYS_S)
    world.sign_in_again()
    cycle = scene.sync("sixty days later", Limits(lifted=True))
    unworked = [
        link
        for link in store.at_stages(("recycled",), 10_000)
        if link.stage is not None and link.stage.reason == "unworked"
    ]
    lead = cycle.after.leads[who.sf_lead]
    expect(lead["leadpact_stage__c"] == "recycled", "time alone brought the rejected lead back")
    screen.say(
        f"{count(len(unworked), 'MQL')} that nobody worked for 30 days went back to nurture, “Not worked in time”. "
        f"{who.name}'s cooling-off of 45 days is over, and time alone brings nobody back."
    )
    scene.later()
    scene.pair.clock.follow()
    now = scene.pair.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    world.edit_contact(who.hs_contact, dict.fromkeys(COMES_BACK_BY, now), "workflow:7102")
    # The rep who rejected it owns it still.
    world.edit_lead(who.sf_lead, {"OwnerId": _id(staff.other_rep)}, staff.executive)
    screen.say(f"Then {who.name} looks at {' and '.join(COMES_BACK_BY.values())}.")
    scene.later()
    cycle = scene.sync("the return")
    hubspot, lead = cycle.after.hubspot[who.hs_contact], cycle.after.leads[who.sf_lead]
    expect(
        hubspot["leadpact_stage"] == lead["leadpact_stage__c"] == "mql",
        "the new evidence did not bring the lead back",
    )
    expect(
        hubspot["lifecyclestage"] == "marketingqualifiedlead"
        and not lead["leadpact_rejection_reason__c"],
        "the CRMs' own fields do not follow the return",
    )
    state = store.links([who.lead_id])[who.lead_id].stage
    episodes = store.episodes([who.lead_id])[who.lead_id]
    expect(
        state is not None and state.episode == 2 and len(episodes) == 2,
        "the return is no second episode",
    )
    rep = f"salesforce:{_id(staff.other_rep)}"
    expect(
        state is not None and rep in state.rejected_by,
        "nobody remembers which rep rejected the lead",
    )
    lines = [
        earlier_rejection(episodes, scene.pair.pact),
        "",
        f"{'Stage':<7}{scene.pair.pact.label(lead['leadpact_stage__c'])}, episode 2",
        f"{'Why':<7}{lead['leadpact_stage_reason__c']}",
        "",
        *(lead["leadpact_breakdown__c"] or "").splitlines(),
    ]
    screen.card(f"Salesforce · Lead · {lead['Name']}, {lead['Company']}", "\n".join(lines))
    owners = {row["Id"]: row["OwnerId"] for row in world.query("SELECT Id, OwnerId FROM Lead")}
    owner = owners[who.sf_lead]
    expect(owner == _id(staff.rep), f"the lead went to {owner}, not to another rep")
    screen.good("Only what it did since counts. It was Sam's, who rejected it: it goes to Aiko.")


def _id(actor: str) -> str:
    return actor.removeprefix("person:")
