"""Every believed (``[b]``) behaviour that ``--switch`` and ``/switches`` can turn over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """One behaviour: its state unless told otherwise, and what it does when true."""

    default: bool
    meaning: str


SWITCHES: Mapping[str, Switch] = {
    "hubspot.1.archive_twice_is_204": Switch(True, "archiving an archived record answers 204"),
    "hubspot.1.archived_reads_404": Switch(
        True, "an archived record read without archived=true answers 404"
    ),
    "hubspot.1.batch_keeps_order": Switch(False, "batch results come in the order of the inputs"),
    "hubspot.1.batch_read_history_50": Switch(True, "batch read with history takes 50 inputs"),
    "hubspot.1.batch_update_missing_is_silent": Switch(
        False, "batch update drops unknown ids without an error row"
    ),
    "hubspot.1.cleared_reads_empty": Switch(False, 'a cleared property reads as "", not null'),
    "hubspot.1.null_clears": Switch(True, "null in a write clears the property"),
    "hubspot.1.refused_batch_writes_nothing": Switch(
        True, "a batch refused as a whole has written nothing"
    ),
    "hubspot.2.body_limit_whole": Switch(
        True, "3,000 characters bound the whole search body, not its query alone"
    ),
    "hubspot.2.neq_matches_blank": Switch(False, "NEQ finds records without a value"),
    "hubspot.3.oauth_without_daily_headers": Switch(
        True, "answers to a public app carry no daily rate headers"
    ),
    "hubspot.4.backward_stage_answers_200": Switch(
        True, "a backward lifecycle stage is passed over in silence, not refused with 400"
    ),
    "hubspot.4.company_stage_moves_contacts": Switch(
        False, "a company's stage moves its contacts forward"
    ),
    "hubspot.4.custom_stages_have_dates": Switch(
        True, "lifecycle stages of the portal's own get date properties too"
    ),
    "hubspot.4.deal_makes_opportunity": Switch(
        False, "a deal moves its contacts and companies on to opportunity"
    ),
    "hubspot.4.native_connector": Switch(
        False, "HubSpot's own Salesforce connector is at work: it keeps ids and writes contacts"
    ),
    "hubspot.4.new_contact_is_lead": Switch(True, "a contact made without a stage is a lead"),
    "hubspot.4.person_may_go_back": Switch(True, "a person's screen may set a stage back"),
    "hubspot.4.won_deal_makes_customer": Switch(
        False, "a won deal moves its contacts and companies on to customer"
    ),
    "hubspot.5.existing_name_is_409": Switch(
        True, "creating a property whose name exists answers 409, not 400"
    ),
    "hubspot.6.association_ids_are_numbers": Switch(
        True, "associations answer toObjectId as a number, not as a text"
    ),
    "hubspot.6.batch_read_without_links_is_207": Switch(
        True, "batch read of associations answers an error row for a record without any"
    ),
    "hubspot.6.deals_tell_closed_won": Switch(True, "deals have the property hs_is_closed_won"),
    "hubspot.6.default_pipeline_has_all_stages": Switch(
        True, "the default deal pipeline has decisionmakerboughtin and closedlost"
    ),
    "hubspot.6.first_company_is_primary": Switch(
        True, "the first company (or contact, of a lead) associated becomes the primary one"
    ),
    "hubspot.8.calculated_changes_are_silent": Switch(
        True, "webhooks do not tell of properties that HubSpot calculates"
    ),
    "hubspot.8.change_flag_is_created": Switch(
        True, "creation events carry changeFlag CREATED, not NEW"
    ),
    "hubspot.8.events_come_in_disorder": Switch(True, "some webhook events overtake others"),
    "hubspot.8.events_come_twice": Switch(True, "some webhook events are sent twice"),
    "hubspot.9.refresh_token_rotates": Switch(
        False, "each refresh gives a new refresh token and ends the old one"
    ),
    "hubspot.9.refused_grant_is_400": Switch(True, "a refused token request answers 400, not 401"),
    "salesforce.1.blank_is_null": Switch(True, "an empty text is stored as null"),
    "salesforce.1.id_in_upsert_body_refused": Switch(
        True, "an upsert that repeats its key in the body is refused"
    ),
    "salesforce.1.line_ends_become_crlf": Switch(False, "long texts are stored with CRLF"),
    "salesforce.1.row_lock_in_trigger": Switch(
        False, "the fault row_lock shows as a failed trigger whose text names the lock"
    ),
    "salesforce.1.trims_text": Switch(True, "spaces at the end of a text are not stored"),
    "salesforce.1.upsert_by_id_lookup": Switch(
        False, "upsert takes idLookup fields (Email, Username) as keys beside external ids"
    ),
    "salesforce.2.collection_read": Switch(
        True, "Collections read records by id; false answers 404"
    ),
    "salesforce.2.collections_count_as_queries": Switch(
        True, "collections count among the five queries of a Composite call"
    ),
    "salesforce.3.days_in_user_zone": Switch(
        True, "relative dates in SOQL count days in the user's time zone, not in UTC"
    ),
    "salesforce.3.long_text_shrinks_pages": Switch(True, "long texts make query pages smaller"),
    "salesforce.3.polymorphic_parent_is_name": Switch(
        True, "SOQL shows a polymorphic parent (Owner, Who, What) with the type Name"
    ),
    "salesforce.4.bulk_runs_active_rules": Switch(
        False, "assignment rules run in bulk jobs that name none"
    ),
    "salesforce.4.hard_delete_granted": Switch(False, "the integration user may hardDelete"),
    "salesforce.4.one_upload_per_job": Switch(
        True, "a second upload to a bulk job is refused; false replaces the first"
    ),
    "salesforce.4.processed_counts_failures": Switch(
        True, "numberRecordsProcessed of a bulk job includes failed rows"
    ),
    "salesforce.6.assignment_rules": Switch(False, "rules change a Lead's owner on write"),
    "salesforce.6.converted_lead_editable": Switch(False, "converted Leads take updates"),
    "salesforce.6.converted_status_by_update": Switch(
        False, "an update may set a status that only conversion should set"
    ),
    "salesforce.6.custom_fields_mapped": Switch(
        False, "conversion carries custom Lead fields to Contact fields of the same name"
    ),
    "salesforce.6.duplicate_rules": Switch(False, "the standard Lead duplicate rule is on"),
    "salesforce.6.history_tracking": Switch(
        False,
        "changes of a Lead's status, and of some fields more, are kept in LeadHistory and ContactHistory",
    ),
    "salesforce.6.member_status_must_exist": Switch(
        False, "a campaign member's status must be one of its campaign's"
    ),
    "salesforce.6.record_types_bind_all": Switch(
        False, "record types refuse excluded values of unrestricted picklists too"
    ),
    "salesforce.9.session_slides": Switch(True, "a session lives on from its last use"),
}

DEFAULTS: Mapping[str, bool] = {name: switch.default for name, switch in SWITCHES.items()}
