"""The properties that tasks and notes have by default (facts §6 "SDR hand-off")."""

from __future__ import annotations

TASK_GROUPS = (("taskinformation", "Task information"),)
TASK_CHOICES = {
    "hs_task_status": tuple(
        (value, value.replace("_", " ").title())
        for value in ("NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED")
    ),
    "hs_task_priority": tuple(
        (value, value.title()) for value in ("NONE", "LOW", "MEDIUM", "HIGH")
    ),
    "hs_task_type": tuple((value, value.title()) for value in ("TODO", "CALL", "EMAIL")),
}
TASK_TABLE = """
taskinformation
 hs_timestamp|Due date|datetime|date
 hs_task_subject|Task title|string|text
 hs_task_body|Notes|string|html
 hs_task_status|Task status|enumeration|select
 hs_task_priority|Priority|enumeration|select
 hs_task_type|Task type|enumeration|select
 hs_task_reminders|Reminders|string|text
 hs_task_completion_date|Completed at|datetime|date|r
 hs_task_is_completed|Is completed|number|number|rc
 hubspot_owner_id|Assigned to|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date|r
 hs_createdate|HubSpot Create Date|datetime|date|r
 hs_lastmodifieddate|Last Modified Date|datetime|date|r
"""

NOTE_GROUPS = (("noteinformation", "Note information"),)
NOTE_TABLE = """
noteinformation
 hs_timestamp|Activity date|datetime|date
 hs_note_body|Note body|string|html
 hs_attachment_ids|Attachment IDs|string|text
 hubspot_owner_id|Activity assigned to|enumeration|select|x
 hubspot_owner_assigneddate|Owner assigned date|datetime|date|r
 hs_object_id|Record ID|number|number|r
 createdate|Create Date|datetime|date|r
 hs_createdate|HubSpot Create Date|datetime|date|r
 hs_lastmodifieddate|Last Modified Date|datetime|date|r
"""
