"""Connector to HubSpot."""
