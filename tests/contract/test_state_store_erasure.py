"""Erasure of one person (R27): all rows of every table, no byte in the file, and the others as they were."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.state_rows import LASTS, NOW, at, full_link, link_id
from tests.contract.unpacking import unpacked_bodies

from leadpact.model.decided import Activation
from leadpact.model.erasure import Erasure, KnownAs, Mark, Person
from leadpact.model.link import Hold, Intent, Link, Run, SavedPlan, Side, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import OUTSIDE, WaitingSignal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.store import erasing
from leadpact_app.store.columns import metadata
from leadpact_app.store.sql import SqlStore

ANN = "ann.marker@acme.example"
BOB = "joann.marker@acme.example"
CONTACT = RecordRef("hubspot", "contacts", "7001")
LEAD = RecordRef("salesforce", "Lead", "00Q000000MARKERAAA")
OTHER = RecordRef("hubspot", "contacts", "7002")
PERSON = Person((link_id(1), link_id(9)), (CONTACT, LEAD), (ANN,), (link_id(1),))
ERASURE = Erasure("e1", NOW, "asked", records={"hubspot": 1}, stages={"mql": 1}, marks=2)
MARKS = [Mark("d1", "state", NOW, "e1"), Mark("d2", "state", NOW, "e1")]


def rows_of(link: str, ref: RecordRef, email: str) -> StateChanges:
    """A row of every sort that can be of a lead."""
    return StateChanges(
        links=[replace(full_link(1), id=link, base={"email": email, "last_name": "Marker"})],
        sides=[Side(ref, link, renderings={"email": email})],
        work=[WorkItem(link, "changed", NOW, NOW)],
        planned=[link],
        intents=[
            Intent(
                f"intent {link}",
                "run1",
                link,
                ref,
                "set",
                {"email": email},
                {"email": email},
                {"email": email},
                {"email": "edited"},
                NOW,
            )
        ],
        transitions=[
            Transition(
                f"move {link}", link, NOW, "accepted", "lead", "mql", "marketing", "hubspot", email
            )
        ],
        holds=[
            Hold(
                f"hold {link}", link, "email", "field_changed", email, {"hubspot": email}, NOW, "r"
            )
        ],
        signals=[Signal(f"signal {link}", link, "webinar", NOW, email)],
        waiting=[
            WaitingSignal(ref, Signal(f"waits {link}", "", "webinar", NOW)),
            WaitingSignal(
                RecordRef(OUTSIDE, "email", email), Signal(f"used {link}", "", "webinar", NOW)
            ),
        ],
        known_as=[KnownAs(f"digest {link}", link)],
    )


def filled(store: StateStore) -> None:
    lines = [[link_id(1), "hubspot", "contacts", CONTACT.id, "email", ANN, ANN, "edited"]]
    kept = [[link_id(2), "hubspot", "contacts", OTHER.id, "email", BOB, BOB, "edited"]]
    for changes in (
        rows_of(link_id(1), CONTACT, ANN),
        rows_of(link_id(2), OTHER, BOB),
        StateChanges(
            links=[Link(link_id(9), status="folded", folded_into=link_id(1))],
            sides=[Side(LEAD, link_id(1))],
            holds=[
                Hold(
                    "pair",
                    link_id(2),
                    "",
                    "two_surnames",
                    f"Compare HubSpot contacts {OTHER.id} with HubSpot contacts {CONTACT.id}.",
                    {"hubspot": CONTACT.id},
                    NOW,
                    "r",
                )
            ],
            runs=[
                Run("run1", "sync", NOW, "done", NOW, note=f"stopped at {ANN}"),
                Run("run2", "undo", NOW, "done", NOW, note=f"left {ANN}", undoes="run1"),
            ],
            plans=[
                SavedPlan(
                    "plan1",
                    "run1",
                    NOW,
                    "asked",
                    "proposed",
                    {},
                    str(lines + kept).replace("'", '"'),
                )
            ],
            activations=[
                Activation(
                    "a1", NOW, "h", "1", "reassess", "", moves={link_id(1): NOW, link_id(2): NOW}
                )
            ],
        ),
    ):
        store.commit(changes, None, NOW)


def erased(store: StateStore) -> Erasure:
    lease = store.acquire("forget", NOW, LASTS)
    assert lease is not None
    told = store.erase(PERSON, ERASURE, MARKS, lease)
    store.release(lease)
    return told


def test_nothing_of_the_person_is_left_and_the_others_are_as_before(store: StateStore) -> None:
    filled(store)
    assert store.addresses_of([link_id(1), link_id(9)]) == [f"digest {link_id(1)}"]
    told = erased(store)
    assert store.addresses_of([link_id(1), link_id(9)]) == []
    assert sum(told.removed.values()) > 10
    ids = [link_id(1), link_id(9)]
    since = at(-99)
    assert store.links(ids) == {}
    assert store.link_ids([CONTACT, LEAD]) == {}
    assert store.intents(link_id=link_id(1)) == []
    assert list(store.transitions(link_id(1))) == []
    assert not any(store.signals(ids, since).values())
    assert store.waiting_signals([CONTACT, RecordRef(OUTSIDE, "email", ANN)]) == {}
    assert store.known_as([f"digest {link_id(1)}"]) == {}
    assert [one.link_id for one in store.holds(link_ids=[link_id(1)])] == []
    assert [one.link_id for one in store.due(at(9), 9)] == [link_id(2)]
    kept = store.run("run2")
    assert kept is not None
    assert kept.undoes == "run1"
    # Somebody whose address ends alike is somebody else.
    assert store.links([link_id(2)])[link_id(2)].base["email"] == BOB
    assert len(store.intents(link_id=link_id(2))) == 1
    assert len(store.holds(link_ids=[link_id(2)])) == 2
    assert store.waiting_count() == 2


def test_marks_and_the_record_of_it_are_kept(store: StateStore) -> None:
    filled(store)
    told = erased(store)
    assert store.forgotten(["d1", "d3"]) == {"d1"}
    assert store.count("forgotten", NOW) == 2
    assert list(store.erasures(9)) == [told]
    assert dict(told.stages) == {"mql": 1}
    assert store.forget_key() == store.forget_key()


def test_who_is_turned_away_leaves_no_row(store: StateStore) -> None:
    filled(store)
    store.commit(StateChanges(turned_away=[link_id(1)], forgotten=MARKS), None, NOW)
    assert store.links([link_id(1)]) == {}
    assert store.link_ids([CONTACT]) == {}
    assert store.forgotten(["d2"]) == {"d2"}


def test_an_older_lease_erases_nothing(store: StateStore) -> None:
    from leadpact.errors import LeaseLost

    filled(store)
    lease = store.acquire("one", NOW, timedelta(seconds=1))
    assert lease is not None
    store.acquire("other", at(60), LASTS)
    older = replace(lease, token=lease.token - 1)
    if not isinstance(store, SqlStore):
        return
    with pytest.raises(LeaseLost):
        store.erase(PERSON, ERASURE, MARKS, older)
    assert link_id(1) in store.links([link_id(1)])


def test_no_byte_is_left_in_the_file(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    for number in range(300):
        store.commit(rows_of(link_id(100 + number), OTHER, BOB), None, NOW)
    filled(store)
    for link, ref, email in ((link_id(1), CONTACT, ANN), (link_id(2), OTHER, BOB)):
        wrote = rows_of(link, ref, email).intents
        store.commit(
            StateChanges(closings=[one.closed("written", NOW) for one in wrote]), None, NOW
        )
    words = (b"ann.marker", LEAD.id.encode(), link_id(1).encode(), link_id(9).encode())
    before = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert all(word in before for word in words)
    packed = unpacked_bodies(tmp_path / "state.db")
    assert b"ann.marker" in packed.replace(b"joann.marker", b"")
    assert link_id(1).encode() in packed
    erased(store)
    # Read while the state is still open: nothing of it is in the log either.
    shutil.copytree(tmp_path, tmp_path / "copy")
    left = b"".join(file.read_bytes() for file in (tmp_path / "copy").iterdir())
    left += unpacked_bodies(tmp_path / "copy" / "state.db")
    store.close()
    assert len(left) > 10_000
    assert b"joann.marker" in left
    assert [word for word in words if word in left.replace(b"joann.marker", b"")] == []


def test_every_table_says_what_it_holds_of_a_person() -> None:
    """Who adds a table says in ``erasing.py`` how a person is found in it, or that nobody is."""
    named = (
        set(erasing.OF_LINK),
        set(erasing.OF_RECORD),
        set(erasing.LISTS),
        set(erasing.PACKED),
        set(erasing.PACKED_LISTS),
        set(erasing.OF_NOBODY),
    )
    assert sum(map(len, named)) == len(set().union(*named))
    assert set().union(*named) == set(metadata.tables)
    for name, column in erasing.OF_LINK.items():
        assert column in metadata.tables[name].columns
    assert all(column in metadata.tables[name].c for name, column in erasing.PACKED_LISTS.items())
    for name, columns in {**erasing.LISTS, **erasing.NAMED_IN}.items():
        assert set(columns) <= set(metadata.tables[name].columns.keys()), name
    unsaid = [
        name
        for name, table in metadata.tables.items()
        if name in erasing.OF_NOBODY and "link_id" in table.columns
    ]
    assert unsaid == []


def test_of_a_run_its_note_alone_can_name_a_person() -> None:
    """The rest are ids of runs, hashes of documents, counts and instants: an undone run is an id of a run."""
    runs = metadata.tables["runs"].columns.keys()
    assert set(runs) - set(erasing.NAMED_IN["runs"]) == {
        *("pair_id", "id", "kind", "status", "counts", "started_at", "ended_at"),
        *("pact_hash", "mapping_hash", "undoes"),
    }


def test_a_person_is_all_that_the_erasure_is_told() -> None:
    assert {one.name for one in fields(Person)} == {"link_ids", "refs", "addresses", "our_ids"}
