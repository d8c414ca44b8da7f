"""E-mail addresses as they are compared: syntax by email-validator, capitals aside, domains in their ASCII form."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=16_384)
def email_key(text: str) -> str:
    """The address in small letters with its domain in ASCII; "" for what is no address.

    Dots and ``+tags`` before the @ are kept: two spellings may be two people (R29). Nothing is looked up.
    """
    import email_validator

    try:
        found = email_validator.validate_email(
            text.strip(),
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
        )
    except email_validator.EmailNotValidError:
        return ""
    return f"{found.local_part.casefold()}@{found.ascii_domain.lower()}"


@lru_cache(maxsize=16_384)
def spellings(key: str) -> tuple[str, ...]:
    """The forms in which a CRM may keep an address: as the key has it, and with the domain's own letters."""
    if "xn--" not in key:
        return (key,)
    import email_validator

    found = email_validator.validate_email(
        key, check_deliverability=False, globally_deliverable=False, test_environment=True
    )
    return tuple(dict.fromkeys((key, f"{found.local_part.casefold()}@{found.domain.casefold()}")))
