"""The company properties that a portal has by default (facts §1, §4)."""

from __future__ import annotations

from leadpact_sandbox.hubspot.standard import LEAD_STATUSES, SOURCES, STAGES

GROUPS = (
    ("companyinformation", "Company information"),
    ("companylcs", "Lifecycle stage properties"),
    ("analyticsinformation", "Web analytics history"),
)
CHOICES = {
    "lifecyclestage": STAGES,
    "hs_lead_status": LEAD_STATUSES,
    "hs_analytics_source": SOURCES,
    "type": tuple(
        (value, value.title()) for value in ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER")
    ),
}
TABLE = """
companyinformation
 name|Company name|string|text
 domain|Company Domain Name|string|text
 hs_additional_domains|Additional Domains|enumeration|checkbox|rx
 website|Website URL|string|text
 phone|Phone Number|string|phonenumber
 address|Street Address|string|text
 address2|Street Address 2|string|text
 city|City|string|text
 state|State/Region|string|text
 zip|Postal Code|string|text
 country|Country/Region|string|text
 timezone|Time Zone|string|text
 industry|Industry|string|text
 description|Description|string|textarea
 about_us|About Us|string|textarea
 numberofemployees|Number of Employees|number|number
 annualrevenue|Annual Revenue|number|number
 founded_year|Year Founded|string|text
 is_public|Is Public|bool|booleancheckbox
 type|Type|enumeration|radio
 linkedin_company_page|LinkedIn Company Page|string|text
 lifecyclestage|Lifecycle Stage|enumeration|radio
 hs_lead_status|Lead Status|enumeration|radio
 hubspot_owner_id|Company owner|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 num_associated_contacts|Number of Associated Contacts|number|number|rc
 num_associated_deals|Number of Associated Deals|number|number|rc
 notes_last_contacted|Last Contacted|datetime|date|r
 notes_last_updated|Last Activity Date|datetime|date|r
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date|r
 hs_lastmodifieddate|Last Modified Date|datetime|date|r
 hs_merged_object_ids|Merged record IDs|enumeration|checkbox|rx
analyticsinformation
 hs_analytics_source|Original Traffic Source|enumeration|select
 hs_analytics_num_page_views|Number of Pageviews|number|number|r
 hs_analytics_num_visits|Number of Sessions|number|number|r
companylcs
 hs_v2_date_entered_current_stage|Date entered current stage|datetime|date|rc
"""
