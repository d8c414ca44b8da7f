"""The properties that deals and leads have by default (facts §4, §6)."""

from __future__ import annotations

DEAL_GROUPS = (("dealinformation", "Deal information"), ("dealstages", "Deal stage properties"))
DEAL_CHOICES = {
    "dealtype": (("newbusiness", "New Business"), ("existingbusiness", "Existing Business")),
    "hs_priority": (("low", "Low"), ("medium", "Medium"), ("high", "High")),
}
DEAL_TABLE = """
dealinformation
 dealname|Deal Name|string|text
 amount|Amount|number|number
 amount_in_home_currency|Amount in company currency|number|number|rc
 deal_currency_code|Currency|string|text
 closedate|Close Date|datetime|date
 pipeline|Pipeline|enumeration|select|x
 dealstage|Deal Stage|enumeration|radio|x
 dealtype|Deal Type|enumeration|radio
 description|Deal Description|string|textarea
 closed_lost_reason|Closed Lost Reason|string|textarea
 closed_won_reason|Closed Won Reason|string|textarea
 hs_priority|Priority|enumeration|select
 hs_next_step|Next step|string|text
 hubspot_owner_id|Deal owner|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 num_associated_contacts|Number of Associated Contacts|number|number|rc
 num_notes|Number of Sales Activities|number|number|r
 notes_last_contacted|Last Contacted|datetime|date|r
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date
 hs_createdate|HubSpot Create Date|datetime|date|r
 hs_lastmodifieddate|Last Modified Date|datetime|date|r
 hs_merged_object_ids|Merged record IDs|enumeration|checkbox|rx
dealstages
 hs_is_closed|Is Deal Closed|bool|calculation_equation|rc
 hs_is_closed_won|Is Closed Won|bool|calculation_equation|rc
 hs_is_closed_lost|Is Closed Lost|bool|calculation_equation|rc
 hs_deal_stage_probability|Deal probability|number|number|rc
 hs_v2_date_entered_current_stage|Date entered current stage|datetime|date|rc
"""

LEAD_GROUPS = (("leadinformation", "Lead information"), ("leadstages", "Lead stage properties"))
LEAD_CHOICES = {
    "hs_lead_type": (
        ("NEW BUSINESS", "New business"),
        ("RE_ATTEMPTING", "Re-attempting"),
        ("UPSELL", "Upsell"),
    ),
    "hs_lead_label": (("HOT", "Hot"), ("WARM", "Warm"), ("COLD", "Cold")),
    "hs_lead_disqualification_reason": (
        ("NOT_A_GOOD_FIT", "Not a good fit"),
        ("NO_BUDGET", "No budget"),
        ("NO_INTEREST", "No interest"),
        ("BAD_TIMING", "Bad timing"),
        ("OTHER", "Other"),
    ),
}
LEAD_TABLE = """
leadinformation
 hs_lead_name|Lead name|string|text
 hs_lead_type|Lead type|enumeration|select
 hs_lead_label|Lead label|enumeration|select
 hs_lead_disqualification_reason|Disqualification reason|enumeration|select
 hs_lead_disqualification_note|Disqualification note|string|textarea
 hs_pipeline|Lead pipeline|enumeration|select|x
 hs_pipeline_stage|Lead stage|enumeration|select|x
 hubspot_owner_id|Lead owner|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 hs_primary_contact_id|Primary contact ID|number|number|rc
 hs_primary_company_id|Primary company ID|number|number|rc
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date|r
 hs_createdate|HubSpot Create Date|datetime|date|r
 hs_lastmodifieddate|Last Modified Date|datetime|date|r
 hs_merged_object_ids|Merged record IDs|enumeration|checkbox|rx
leadstages
 hs_lead_is_disqualified|Is disqualified|bool|calculation_equation|rc
 hs_v2_date_entered_current_stage|Date entered current stage|datetime|date|rc
"""
