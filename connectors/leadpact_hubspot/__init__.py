"""Connector to HubSpot: contacts both ways, deals and companies for evidence (facts/hubspot.md §11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leadpact_hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from leadpact.ports.budget import CallBudget
    from leadpact.ports.clock import Clock
    from leadpact.ports.connector import Capabilities
    from leadpact.ports.vault import TokenVault
    from leadpact_hubspot.connector import HubSpotConnector

__all__ = ["spec"]


class HubSpotSpec:
    """What the entry point names: no client is imported before :meth:`connect`."""

    name = "hubspot"
    settings_type = HubSpotSettings

    def capabilities(self, settings: HubSpotSettings) -> Capabilities:
        """Capabilities under these settings, without a connection."""
        from leadpact_hubspot.connector import capabilities

        return capabilities(settings)

    def connect(
        self,
        settings: HubSpotSettings,
        *,
        clock: Clock,
        call_budget: CallBudget,
        token_vault: TokenVault | None,
        crm_name: str,
        count_call: Callable[[str, str], None] | None = None,
    ) -> HubSpotConnector:
        """The connector; nothing is called yet.

        Raises:
            FixSettings: ``state_key_missing``, for OAuth without a vault.
        """
        from leadpact_hubspot.connector import HubSpotConnector

        return HubSpotConnector(
            settings,
            clock=clock,
            call_budget=call_budget,
            token_vault=token_vault,
            crm_name=crm_name,
            count_call=count_call or (lambda _crm, _route: None),
        )


spec = HubSpotSpec()
"""What the entry point ``leadpact.connectors: hubspot`` names; importing it loads no client."""
