"""One state belongs to one pair of accounts and refuses all others (R39)."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact.errors import FixSettings


def check_bound(kept: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Compare the accounts a state is tied to with those signed in now.

    Args:
        kept: crm → portal or org id, as the state has it.
        given: the same, as the connectors say now.

    Raises:
        FixSettings: code ``state_of_another_pair``, naming both.
    """
    if dict(kept) != dict(given):
        raise FixSettings(
            f"This state belongs to {_told(kept)}, but the settings lead to {_told(given)}. "
            "Sign in to the accounts it belongs to, or name another state file.",
            code="state_of_another_pair",
        )


def _told(accounts: Mapping[str, str]) -> str:
    return (
        " and ".join(f"{crm} {account}" for crm, account in sorted(accounts.items()))
        or "no account"
    )
