"""Which certificate authorities a connector trusts, and what is said where they do not vouch for a CRM.

Imports no HTTP library, so settings can ask.
"""

from __future__ import annotations

from pathlib import Path

from leadpact.errors import FixSettings

PEM = b"-----BEGIN CERTIFICATE-----"
REFUSED = "CERTIFICATE_VERIFY_FAILED"
"""What OpenSSL says in every error of that cause, however a client wraps it."""


def check_ca_file(path: Path) -> Path:
    """The file, if certificates can be read from it.

    Raises:
        FixSettings: ``ca_file``: it cannot be read or holds no certificate in PEM form.
    """
    try:
        held = path.read_bytes()
    except OSError as error:
        raise FixSettings(
            f"The ca_file {path} cannot be read: {error.strerror}.", code="ca_file"
        ) from error
    if PEM not in held:
        raise FixSettings(
            f"The ca_file {path} holds no certificate in PEM form (BEGIN CERTIFICATE).",
            code="ca_file",
        )
    return path


def certificate_refused(label: str, detail: str) -> FixSettings:
    """The error of a call that never left, since nobody whom we trust vouches for who answered.

    Args:
        label: the CRM as people call it.
        detail: what the client said.
    """
    return FixSettings(
        f"{label}'s certificate cannot be verified: check the address that is set for it, and behind a "
        "proxy that opens TLS name its certificate authority as ca_file.",
        code="certificate_refused",
        detail=detail,
    )
