"""Text in the form in which it is compared: addresses, phone numbers, domains, by libraries that keep the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadpact.mapping.transforms import TextTransform

_PLAIN = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_USUAL = re.compile(r"[A-Za-z0-9@.+_-]+", re.ASCII)
"""Of these letters an address is compared in small ones, whether it is one by its syntax or not: reading it for that
takes some 50 µs."""
_KEPT = 16_384
_SHORTEST = 8
"""Of a number with its country; what is shorter is an extension or a service."""


def email_key(shown: Any) -> str:
    """The form in which e-mail addresses are compared; what is none by its syntax is compared as it stands."""
    if not isinstance(shown, str) or not shown:
        return ""
    if _USUAL.fullmatch(shown) and "xn--" not in (key := shown.lower()):
        return key
    key_of, folded = _compared_by()
    return key_of(shown) or folded(shown)


@cache
def _compared_by() -> tuple[Callable[[str], str], Callable[[str], str]]:
    from leadpact.matching.keys import folded
    from leadpact_app.sources.addresses import email_key as key_of

    return key_of, folded


def spellings(key: str) -> tuple[str, ...]:
    """The forms in which a CRM may keep an address."""
    from leadpact_app.sources.addresses import spellings as forms

    return forms(key)


def transforms(phone_region: str) -> Mapping[str, TextTransform]:
    """The mapping's transforms of text that rest on lists which are kept.

    Args:
        phone_region: the country of numbers that name none (ISO 3166, two letters); "" = they stay as they are.
    """
    return {"phone": partial(phone, phone_region), "registered_domain": registered_domain}


@lru_cache(maxsize=_KEPT)
def phone(region: str, text: str) -> str:
    """The number as E.164, ``x`` before an extension; what can be no number stays as its digits."""
    from leadpact.mapping.transforms import phone as digits_of

    if _PLAIN.fullmatch(text):
        return text
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return digits_of(text)
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or len(shown) < _SHORTEST:
        return digits_of(text)
    return f"{shown}x{number.extension}" if number.extension else shown


@lru_cache(maxsize=_KEPT)
def registered_domain(text: str) -> str:
    """What was registered of a web address's host: ``https://shop.acme.co.uk/`` is ``acme.co.uk``.

    By the list of public suffixes that comes along with tldextract; nothing is looked up. Text without one stays.
    """
    from leadpact.mapping.transforms import domain

    host = domain(text)
    return _suffixes()(host).top_domain_under_public_suffix or host


@cache
def _suffixes() -> Any:
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True)
