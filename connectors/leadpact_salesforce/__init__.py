"""Connector to Salesforce."""
