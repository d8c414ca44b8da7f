"""What `leadpact init` writes: documents to edit, commented, without a secret in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from leadpact.errors import Stop

SETTINGS: Final = """\
# Settings of leadpact; no secrets here: those go into the environment, into .env or into the folder secrets/.
# Every name can also be set as an environment variable: prefix LEADPACT_, nested with __
# (LEADPACT_PAIR, LEADPACT_HUBSPOT__BASE_URL). The environment wins over .env, that over secrets/, that over this file.

# Name of this pair of one HubSpot portal and one Salesforce org.
pair: default

# Where the state is kept: a file (SQLite), or postgresql+psycopg://host/database.
state: .leadpact/state.db

# The agreement, and where each CRM keeps what it speaks of. Without these lines the ones that ship are used.
pact: pact.yaml
mapping: mapping.yaml

# How far leadpact goes. Recommended for the first 14 days: observe.
#   observe: scores, stages, reasons in leadpact's own fields; nothing that people keep is written, nobody handed over
#   shadow:  everything is decided and told in plan, runs and explain; nothing is written
#   act:     all of it
mode: {mode}

# Records one run may write without approval. Without it: the larger of 500 and 5 % of links.
# max_writes: 500

# A CRM that is not named anywhere takes no part; one CRM alone works too.
# hubspot:
#   app_id: "1234567"              # the app behind the token, where HubSpot does not tell it
# salesforce:
#   login_url: https://acme.my.salesforce.com
#   integration_users: []          # people of the org that are integrations, by id or username
"""
ENVIRONMENT: Final = """\
# Copy to .env and fill in. Never commit .env.

# HubSpot: private-app token or service key.
LEADPACT_HUBSPOT__TOKEN=

# Salesforce, one of three ways.
# 1. Client credentials of a connected app:
LEADPACT_SALESFORCE__LOGIN_URL=https://YOUR-DOMAIN.my.salesforce.com
LEADPACT_SALESFORCE__CLIENT_ID=
LEADPACT_SALESFORCE__CLIENT_SECRET=
# 2. JWT bearer: the login URL and client id above, and
# LEADPACT_SALESFORCE__USERNAME=
# LEADPACT_SALESFORCE__PRIVATE_KEY_FILE=
# 3. A token made elsewhere:
# LEADPACT_SALESFORCE__INSTANCE_URL=https://YOUR-DOMAIN.my.salesforce.com
# LEADPACT_SALESFORCE__ACCESS_TOKEN=
"""


def write(*, force: bool, mode: str = "observe") -> tuple[list[str], list[str]]:
    """Write the files into the working folder.

    Args:
        force: overwrite those that exist.
        mode: how far leadpact goes at first.

    Returns:
        Names written, and names left as they are.

    Raises:
        Stop: the folder cannot be written.
    """
    from leadpact_mappings import default_text

    made: list[str] = []
    kept: list[str] = []
    texts = {
        "leadpact.yaml": SETTINGS.replace("{mode}", mode),
        "pact.yaml": default_text("pact.yaml"),
        "mapping.yaml": default_text("mapping.yaml"),
        ".env.example": ENVIRONMENT,
    }
    for name, text in texts.items():
        if Path(name).exists() and not force:
            kept.append(name)
            continue
        try:
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise Stop(
                f"{name} cannot be written here: check free space and the rights of the folder.",
                code="folder_unwritable",
                detail=str(error),
            ) from error
        made.append(name)
    return made, kept
