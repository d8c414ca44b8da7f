"""How HubSpot signs what it sends (facts §8 "v3 signature")."""

from __future__ import annotations

import base64
import hashlib
import hmac

DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
"""What is decoded in the address before it is hashed, and nothing else."""


def signature_v3(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """base64 of HMAC-SHA256 over method, address, body and timestamp (milliseconds)."""
    for code, sign in DECODED.items():
        url = url.replace(code, sign).replace(code.lower(), sign)
    text = method.encode() + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def signature_v1(secret: str, body: bytes) -> str:
    """The former one: hexadecimal SHA-256 over secret and body."""
    return hashlib.sha256(secret.encode() + body).hexdigest()
