"""Connector to Salesforce: Leads and Contacts both ways, Opportunities as evidence.

Importing this package imports no CRM client; :func:`connect` does (DESIGN §8).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leadpact_salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from leadpact.ports.budget import CallBudget
    from leadpact.ports.clock import Clock
    from leadpact.ports.connector import Capabilities, Connector
    from leadpact.ports.vault import TokenVault


class SalesforceSpec:
    """What the entry point ``leadpact.connectors: salesforce`` names."""

    name = "salesforce"
    settings_type: type[Any] = SalesforceSettings

    def capabilities(self, settings: Any) -> Capabilities:
        """The same for every org, but for Accounts."""
        from leadpact_salesforce.limits import CAPABILITIES, capabilities_named

        return capabilities_named(
            CAPABILITIES.crm, accounts=bool(settings and settings.account_fields)
        )

    def connect(
        self,
        settings: Any,
        *,
        clock: Clock,
        call_budget: CallBudget,
        token_vault: TokenVault | None,  # noqa: ARG002
        crm_name: str,
        count_call: Callable[[str, str], None] | None = None,
    ) -> Connector:
        """The connector; it signs in with its first call.

        None of the three sign-ins has a refresh token that rotates (facts §9), so the vault stays
        untouched.
        """
        from leadpact_salesforce.client import SalesforceClient
        from leadpact_salesforce.connector import SalesforceConnector
        from leadpact_salesforce.limits import capabilities_named

        client = SalesforceClient(
            settings, clock=clock, call_budget=call_budget, crm=crm_name, count_call=count_call
        )
        told = capabilities_named(crm_name, accounts=bool(settings and settings.account_fields))
        return SalesforceConnector(client, settings, clock=clock, capabilities=told)


spec = SalesforceSpec()
