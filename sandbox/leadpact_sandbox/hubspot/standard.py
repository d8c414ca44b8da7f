"""The contact properties that a portal has by default, and those this company added (facts §4, §7)."""

from __future__ import annotations

GROUPS = (
    ("contactinformation", "Contact information"),
    ("contactlcs", "Lifecycle stage properties"),
    ("emailinformation", "Email information"),
    ("analyticsinformation", "Web analytics history"),
    ("conversioninformation", "Conversion information"),
    ("sales_properties", "Sales properties"),
    ("engagement", "Engagement dates"),
)
STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
LEAD_STATUSES = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In progress"),
    ("OPEN_DEAL", "Open deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad timing"),
)
SOURCES = (
    ("ORGANIC_SEARCH", "Organic search"),
    ("PAID_SEARCH", "Paid search"),
    ("EMAIL_MARKETING", "Email marketing"),
    ("SOCIAL_MEDIA", "Organic social"),
    ("REFERRALS", "Referrals"),
    ("OTHER_CAMPAIGNS", "Other campaigns"),
    ("DIRECT_TRAFFIC", "Direct traffic"),
    ("OFFLINE", "Offline sources"),
    ("PAID_SOCIAL", "Paid social"),
)
ROLES = ("BLOCKER", "BUDGET_HOLDER", "CHAMPION", "DECISION_MAKER", "END_USER", "INFLUENCER")
SENIORITIES = ("vp", "executive", "director", "manager", "senior", "entry", "owner", "partner")
HEADCOUNTS = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
TIMEZONES = ("europe_slash_berlin", "europe_slash_london", "us_slash_eastern", "asia_slash_tokyo")

CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "lifecyclestage": STAGES,
    "hs_lead_status": LEAD_STATUSES,
    "hs_analytics_source": SOURCES,
    "hs_latest_source": SOURCES,
    "hs_buying_role": tuple((role, role.replace("_", " ").title()) for role in ROLES),
    "hs_seniority": tuple((level, level.title()) for level in SENIORITIES),
    "hs_timezone": tuple((zone, zone) for zone in TIMEZONES),
    "hs_persona": (("persona_1", "Operations lead"), ("persona_2", "Finance lead")),
    "hs_marketable_status": (("true", "Marketing contact"), ("false", "Non-marketing contact")),
    "hs_email_optout": (("true", "Yes"), ("false", "No")),
    "hs_is_unworked": (("true", "True"), ("false", "False")),
    "currentlyinworkflow": (("true", "True"), ("false", "False")),
    "hs_sequences_is_enrolled": (("true", "True"), ("false", "False")),
    "numemployees": tuple((size, size) for size in HEADCOUNTS),
}

# name | label | type | fieldType | flags: r = value is read-only, c = calculated, x = options from outside
TABLE = """
contactinformation
 email|Email|string|text
 hs_additional_emails|Additional email addresses|enumeration|checkbox
 hs_email_domain|Email Domain|string|text|r
 firstname|First Name|string|text
 lastname|Last Name|string|text
 salutation|Salutation|string|text
 jobtitle|Job Title|string|text
 company|Company Name|string|text
 website|Website URL|string|text
 phone|Phone Number|string|phonenumber
 mobilephone|Mobile Phone Number|string|phonenumber
 fax|Fax Number|string|phonenumber
 address|Street Address|string|text
 city|City|string|text
 state|State/Region|string|text
 zip|Postal Code|string|text
 country|Country/Region|string|text
 industry|Industry|string|text
 numemployees|Number of Employees|enumeration|select
 annualrevenue|Annual Revenue|string|text
 hs_language|Preferred language|string|text
 hs_timezone|Time Zone|enumeration|select
 hs_persona|Persona|enumeration|select
 hs_buying_role|Buying Role|enumeration|checkbox
 hs_seniority|Employment Seniority|enumeration|select
 message|Message|string|textarea
 date_of_birth|Date of birth|string|text
 hs_linkedin_url|LinkedIn URL|string|text
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date|r
 lastmodifieddate|Last Modified Date|datetime|date|r
 hs_merged_object_ids|Merged record IDs|enumeration|checkbox|r
 hs_calculated_merged_vids|Merged vids with timestamps of a contact|enumeration|checkbox|rc
 hs_marketable_status|Marketing contact status|enumeration|select|r
sales_properties
 lifecyclestage|Lifecycle Stage|enumeration|radio
 hs_lead_status|Lead Status|enumeration|radio
 hubspot_owner_id|Contact owner|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 hubspot_team_id|HubSpot Team|string|text|r
 associatedcompanyid|Primary Associated Company ID|number|number|r
 hs_latest_open_lead_date|Latest Open Lead Date|datetime|date|rc
 hs_latest_qualified_lead_date|Latest Qualified Lead Date|datetime|date|rc
 hs_latest_disqualified_lead_date|Latest Disqualified Lead Date|datetime|date|rc
 hs_is_unworked|Contact unworked|enumeration|booleancheckbox|rc
 num_associated_deals|Number of Associated Deals|number|number|r
 notes_last_contacted|Last Contacted|datetime|date|r
 notes_last_updated|Last Activity Date|datetime|date|r
 num_contacted_notes|Number of times contacted|number|number|r
 engagements_last_meeting_booked|Date of last meeting booked in meetings tool|datetime|date|r
 hs_latest_meeting_activity|Latest meeting activity|datetime|date|r
 hs_last_sales_activity_timestamp|Last Engagement Date|datetime|date|r
 hs_last_sales_activity_type|Last Engagement Type|string|text|r
 hs_sales_email_last_opened|Recent Sales Email Opened Date|datetime|date|r
 hs_sales_email_last_clicked|Recent Sales Email Clicked Date|datetime|date|r
 hs_sales_email_last_replied|Recent Sales Email Replied Date|datetime|date|r
 hs_sequences_is_enrolled|Currently in Sequence|enumeration|booleancheckbox|rc
 currentlyinworkflow|Currently in workflow|enumeration|booleancheckbox|r
 hubspotscore|HubSpot Score|number|number|r
 hs_predictivecontactscore_v2|Likelihood to close|number|number|rc
emailinformation
 hs_email_optout|Unsubscribed from all email|enumeration|booleancheckbox|r
 hs_email_delivered|Marketing emails delivered|number|number|r
 hs_email_open|Marketing emails opened|number|number|r
 hs_email_click|Marketing emails clicked|number|number|r
 hs_email_replied|Marketing emails replied|number|number|r
 hs_email_bounce|Marketing emails bounced|number|number|r
 hs_email_last_send_date|Last marketing email send date|datetime|date|r
 hs_email_last_open_date|Last marketing email open date|datetime|date|r
 hs_email_last_click_date|Last marketing email click date|datetime|date|r
 hs_email_last_reply_date|Last marketing email reply date|datetime|date|r
 hs_email_sends_since_last_engagement|Sends Since Last Engagement|number|number|r
analyticsinformation
 hs_analytics_source|Original Traffic Source|enumeration|select
 hs_analytics_source_data_1|Original Traffic Source Drill-Down 1|string|text|r
 hs_analytics_source_data_2|Original Traffic Source Drill-Down 2|string|text|r
 hs_latest_source|Latest Traffic Source|enumeration|select|r
 hs_latest_source_timestamp|Latest Traffic Source Date|datetime|date|r
 hs_analytics_num_page_views|Number of Pageviews|number|number|r
 hs_analytics_num_visits|Number of Sessions|number|number|r
 hs_analytics_num_event_completions|Number of event completions|number|number|r
 hs_analytics_last_visit_timestamp|Time of Last Session|datetime|date|r
 hs_analytics_last_timestamp|Time Last Seen|datetime|date|r
 hs_analytics_last_url|Last Page Seen|string|text|r
conversioninformation
 num_conversion_events|Number of Form Submissions|number|number|rc
 num_unique_conversion_events|Number of Unique Forms Submitted|number|number|rc
 recent_conversion_date|Recent Conversion Date|datetime|date|r
 recent_conversion_event_name|Recent Conversion|string|text|r
 first_conversion_date|First Conversion Date|datetime|date|r
 first_conversion_event_name|First Conversion|string|text|r
 webinareventlastupdated|Last webinar registration|datetime|date|r
contactlcs
 hs_v2_date_entered_current_stage|Date entered current stage|datetime|date|rc
engagement
 last_pricing_page_view|Last pricing page view|datetime|date|o
 last_demo_page_view|Last demo page view|datetime|date|o
 last_gated_download|Last gated download|datetime|date|o
 last_gated_download_asset|Last gated download: asset|string|text|o
 last_webinar_attended|Last webinar attended|datetime|date|o
 last_webinar_name|Last webinar attended: name|string|text|o
 last_demo_request|Last demo request|datetime|date|o
 last_contact_form|Last contact form|datetime|date|o
 last_meeting_booked|Last meeting booked|datetime|date|o
 sequence_emails_opened_dates|Sequence emails opened, dates|string|text|o
"""
