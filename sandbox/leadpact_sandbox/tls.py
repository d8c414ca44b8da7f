"""TLS as the real CRMs speak it: an authority of its own for each start, and a certificate for loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=30)
AUTHORITY, CHAIN = "ca.pem", "server.pem"
ROUND_TRIPS = 2
"""What a new connection waits for before its first call goes out: TCP's handshake, then that of TLS 1.3."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Two PEM files: ``authority`` for clients to trust, ``chain`` for the server, its private key within."""

    authority: Path
    chain: Path


def make_certificates(folder: Path, host: str) -> Certificates:
    """A new authority and a certificate that it gives to an IP address and ``localhost``.

    The authority's key is forgotten: it signs nothing else. Earlier files of the folder are replaced.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("leadpact sandbox authority")
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = _signed(
        _begun(issuer, issuer, ca_key.public_key()),
        [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_usage(key_cert_sign=True), True),
            (ca_id, False),
        ],
        ca_key,
    )
    names = x509.SubjectAlternativeName(
        [x509.IPAddress(ip_address(host)), x509.DNSName("localhost")]
    )
    by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id)
    server = _signed(
        _begun(_name(host), issuer, key.public_key()),
        [
            (names, False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (by, False),
        ],
        ca_key,
    )
    made = Certificates((folder / AUTHORITY).absolute(), (folder / CHAIN).absolute())
    made.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made.chain.unlink(missing_ok=True)
    made.chain.touch(0o600)
    made.chain.write_bytes(private + server.public_bytes(Encoding.PEM))
    return made


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LASTS)
    )


def _signed(
    begun: x509.CertificateBuilder,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    by: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    for extension, critical in extensions:
        begun = begun.add_extension(extension, critical=critical)
    return begun.sign(by, SHA256())


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
