"""The emulated Salesforce: strict where facts/salesforce.md says the real one is."""

from leadpact_sandbox.salesforce.crm import Salesforce

__all__ = ["Salesforce"]
