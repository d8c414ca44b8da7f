"""Merge fields of a mapping: where each CRM keeps them, and how they are read and written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.mapping.conftest import TWO_CRMS, Load

from leadpact.mapping import LeadMapping
from leadpact.model.record import UNKNOWN, Native, Record, RecordRef

CONTACTS = ("hubspot", "contacts")
LEAD = ("salesforce", "Lead")
CONTACT = ("salesforce", "Contact")


def _record(side: tuple[str, str], **fields: Native) -> Record:
    return Record(RecordRef(*side, "1"), fields, "2026-11-21T10:00:00.000Z")


def test_the_same_person_reads_the_same_in_both_crms(default: LeadMapping) -> None:
    there = default.read(
        _record(
            CONTACTS,
            firstname=" Zoë ",
            email="Zoe@Acme.Example",
            phone="0049 30 123456",
            website="https://www.acme.example/",
            country="DE",
            hs_email_optout="",
        )
    )
    here = default.read(
        _record(
            LEAD,
            FirstName="Zoë",
            Email="zoe@acme.example",
            Phone="+49 (30) 123456",
            Website="acme.example",
            Country="Deutschland",
            HasOptedOutOfEmail=False,
        )
    )

    for name in ("first_name", "email", "phone", "website", "country", "email_opt_out"):
        assert there[name] == here[name] is not UNKNOWN, name


def test_absent_is_unknown_and_blank_is_blank(default: LeadMapping) -> None:
    values = default.read(_record(CONTACTS, firstname=None, lastname="", city="Bonn"))

    assert values["first_name"] is None
    assert values["last_name"] is None
    assert values["city"] == "Bonn"
    assert values["title"] is UNKNOWN
    assert list(values) == list(default.fields)


def test_what_a_kind_does_not_keep_is_unknown_there(default: LeadMapping) -> None:
    values = default.read(_record(CONTACT, Company="Acme", LastName="Ng"))

    assert values["company"] is UNKNOWN
    assert values["last_name"] == "Ng"
    assert set(default.read(_record(("salesforce", "Opportunity"))).values()) == {UNKNOWN}


def test_an_unreadable_value_is_told_and_hides_no_other(default: LeadMapping) -> None:
    faults: dict[str, str] = {}

    values = default.read(_record(LEAD, NumberOfEmployees="many", City="Bonn"), faults)

    assert values["employees"] is UNKNOWN
    assert values["city"] == "Bonn"
    assert faults == {"employees": "NumberOfEmployees is not a whole number"}
    with pytest.raises(ValueError, match="whole number"):
        default.fields["employees"].sides[LEAD].read("many")


def test_a_size_goes_to_hubspot_as_its_range_and_never_comes_back(default: LeadMapping) -> None:
    side = default.fields["employees"].sides[CONTACTS]

    assert [side.write(size) for size in (1, 49, 50, 100, 101, 5000, None)] == [
        "1-5",
        "25-50",
        "50-100",
        "50-100",
        "100-500",
        "1000+",
        None,
    ]
    assert side.direction == "to_crm"
    assert side.lossy
    assert [side.read(band) for band in ("50-100", "1000+", "")] == [75, 1001, None]
    for read in ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"):
        assert side.write(side.read(read)) == read
    with pytest.raises(ValueError, match="ranges"):
        side.write(0)


def test_hubspot_gets_text_and_salesforce_gets_types(load: Load) -> None:
    mapping = load(
        TWO_CRMS
        + "  size: {type: integer, policy: hold, north: n, south: {Lead: N__c}}\n"
        + "  rate: {type: number, policy: hold, north: r, south: {Lead: R__c}}\n"
        + "  out: {type: boolean, policy: hold, north: o, south: {Lead: O__c}}\n"
    )
    text = {name: rule.sides["north", "people"].write for name, rule in mapping.fields.items()}
    typed = {
        name: rule.sides["south", "Lead"].write for name, rule in mapping.fields.items() if name
    }

    assert [text["size"](5), text["rate"]("1.5"), text["out"](True)] == ["5", "1.5", "true"]
    assert [typed["size"](5), typed["rate"]("1.5"), typed["rate"]("2"), typed["out"](False)] == [
        5,
        1.5,
        2,
        False,
    ]


def test_picklists_map_by_api_value_and_an_unknown_one_is_unreadable(load: Load) -> None:
    mapping = load(
        TWO_CRMS
        + "  segment:\n    type: picklist\n    policy: hold\n"
        + "    north: {field: seg, values: {small: S, large: 51439524}}\n"
        + "    south: {Lead: {field: Seg__c, values: {small: Small, large: Large}}}\n"
    )
    north = mapping.fields["segment"].sides["north", "people"]
    south = mapping.fields["segment"].sides["south", "Lead"]

    assert south.write(north.read("51439524")) == "Large"
    assert north.write(south.read("Small")) == "S"
    with pytest.raises(ValueError, match='"M"'):
        north.read("M")
    with pytest.raises(ValueError, match="huge"):
        south.write("huge")


def test_a_set_of_picklist_values_maps_each(load: Load) -> None:
    mapping = load(
        TWO_CRMS
        + "  interests:\n    type: picklist_set\n    policy: union\n"
        + "    north: {field: i, values: {a: A, b: B}}\n    south: {Lead: I__c}\n"
    )
    side = mapping.fields["interests"].sides["north", "people"]

    assert side.read(";B;A") == "a;b"
    assert side.write("a;b") == "A;B"


def test_a_side_that_cuts_reads_and_writes_the_short_form(load: Load) -> None:
    mapping = load(
        TWO_CRMS
        + "  title: {type: text, policy: hold, north: t, "
        + "south: {Lead: {field: T, cut: 5, lossy: true}}}\n"
    )
    side = mapping.fields["title"].sides["south", "Lead"]

    assert side.write("Head of Sales") == "Head"
    assert side.read("Head of Sales") == "Head"


def test_rows_keep_their_order_and_their_defaults(default: LeadMapping) -> None:
    email, opt_out, title = (default.fields[name] for name in ("email", "email_opt_out", "title"))

    assert list(default.fields)[:3] == ["first_name", "last_name", "email"]
    assert (email.policy, email.initial) == ("hold", "hold")
    assert (opt_out.policy, opt_out.initial) == ("most_restrictive", "hold")
    assert (title.initial, title.system_of_record) == ("system_of_record", "salesforce")
    assert opt_out.sides[CONTACTS].direction == "from_crm"


def test_one_crm_alone_keeps_what_it_has(default: LeadMapping) -> None:
    alone = default.for_crms(["hubspot"])

    assert alone.crms == ("hubspot",)
    assert "lead_source" not in alone.fields
    assert alone.fields["title"].system_of_record == "hubspot"
    assert alone.kinds("salesforce") == ()
    assert list(alone.creation) == ["hubspot"]
    assert alone.read(_record(CONTACTS, jobtitle="CTO"))["title"] == "CTO"
    assert alone.hash != default.hash
    assert default.for_crms({"salesforce", "hubspot"}) is default
    assert default.for_crms(["hubspot"]) is alone


def test_everything_the_engine_needs_is_fetched(default: LeadMapping) -> None:
    fields = default.read_fields(*CONTACTS)

    assert list(fields) == sorted(set(fields))
    assert {
        "email",
        "jobtitle",
        "lifecyclestage",
        "hs_lead_status",
        "leadpact_stage",
        "leadpact_rejection_reason",
        "leadpact_lead_id",
        "leadpact_score",
        "last_pricing_page_view",
        "last_gated_download_asset",
    } <= set(fields)
    assert default.read_fields("salesforce", "Opportunity") == ()
    assert "Status" not in default.read_fields(*CONTACT)


def test_kinds_keys_and_creation_are_as_the_document_says(default: LeadMapping) -> None:
    assert default.kinds("salesforce") == ("Lead", "Contact")
    assert default.match_fields(*LEAD) == (("email", "Email"),)
    assert default.external_id_field(*CONTACTS) == "leadpact_lead_id"
    assert default.external_id_field(*CONTACT) == "leadpact_lead_id__c"
    assert default.outputs(*CONTACT)["grade"] == "leadpact_grade__c"
    assert default.outputs("hubspot", "deals") == {}
    rule = default.creation["salesforce"]
    assert (rule.kind, rule.at_stage, rule.needs_email) == ("Lead", "mql", True)
    assert rule.required == ("email", "last_name", "company")


def test_signals_are_read_with_their_dates(default: LeadMapping) -> None:
    faults: dict[str, str] = {}
    readings = default.signal_readings(
        _record(
            CONTACTS,
            last_pricing_page_view="2026-11-20T09:00:00Z",
            last_gated_download="1795255200000",
            last_gated_download_asset="White paper",
            last_demo_request="",
            last_webinar_attended="lately",
            sequence_emails_opened_dates="2026-11-01;2026-11-03T10:00:00Z;",
        ),
        faults,
    )

    assert [(each.name, each.at, each.asset, each.precision) for each in readings] == [
        ("pricing_page", datetime(2026, 11, 20, 9, tzinfo=UTC), "", "sampled"),
        ("gated_download", datetime(2026, 11, 21, 10, tzinfo=UTC), "White paper", "sampled"),
        ("sequence_email_opened", datetime(2026, 11, 1, tzinfo=UTC), "", "exact"),
        ("sequence_email_opened", datetime(2026, 11, 3, 10, tzinfo=UTC), "", "exact"),
    ]
    assert faults == {"webinar": "last_webinar_attended is not an instant with a zone"}
    assert default.signal_readings(_record(LEAD, Email="a@b.example")) == []


def test_our_own_fields_carry_the_pacts_words(default: LeadMapping) -> None:
    wanted = {(each.kind, each.name): each for each in default.wanted_fields("salesforce")}
    stage = wanted["Lead", "leadpact_stage__c"]
    reason = wanted["Contact", "leadpact_rejection_reason__c"]

    assert wanted["Lead", "leadpact_lead_id__c"].external_id
    assert stage.options[:3] == (("subscriber", "Subscriber"), ("lead", "Lead"), ("mql", "MQL"))
    assert ("former_customer", "Former customer") in stage.options
    assert reason.options[0] == ("bad_timing", "Bad timing")
    assert wanted["Lead", "leadpact_score__c"].scale == 2
    assert {kind for kind, _ in wanted} == {"Lead", "Contact"}
    of_contacts = {one.name for one in default.wanted_fields("hubspot")}
    # Where sales works the task says it.
    assert len(wanted) == 2 * len(of_contacts - {"leadpact_handoff", "leadpact_opted_out"})


def test_comments_and_order_do_not_change_the_hash(load: Load) -> None:
    one = load(TWO_CRMS + "  a: {type: text, policy: hold, north: a, south: {Lead: A}}\n")
    same = load(TWO_CRMS + "  # why\n  a: {policy: hold, type: text, south: {Lead: A}, north: a}\n")
    written_out = load(
        TWO_CRMS
        + "  a: {type: text, policy: hold, north: {people: {field: a}}, south: {Lead: {field: A}}}\n"
    )
    other = load(TWO_CRMS + "  a: {type: text, policy: hold, north: b, south: {Lead: A}}\n")

    assert one.hash == same.hash == written_out.hash
    assert len(one.hash) == 16
    assert other.hash != one.hash
