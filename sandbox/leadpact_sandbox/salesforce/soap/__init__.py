"""The SOAP API as far as REST lacks it: convertLead and merge (facts salesforce §6)."""
