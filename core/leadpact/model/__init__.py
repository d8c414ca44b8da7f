"""The words of the trade as frozen values: records, links, stages, scores. Knows nothing of any CRM."""
