"""Connector to HubSpot: contacts, through hubspot-api-client in raw mode (facts/hubspot.md §11)."""

from __future__ import annotations

from leadpact_hubspot.connector import HubSpotSpec

__all__ = ["spec"]

spec = HubSpotSpec()
"""What the entry point ``leadpact.connectors: hubspot`` names; importing it loads no client."""
