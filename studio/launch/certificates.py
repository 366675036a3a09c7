"""The certificate that https is served with, from an authority of the studio's own. It is made anew before it ends."""

import ipaddress
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS, LASTS, RENEWED = timedelta(days=3650), timedelta(days=397), timedelta(days=60)
CLOCKS_DIFFER = timedelta(hours=1)
PEM = serialization.Encoding.PEM
KEY_FORM = (PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Certificates:
    """The authority, `ca.pem` with its key in `ca-key.pem`, and `server.pem`: certificate and key in one file, so that
    who reads it in the moment of its renewal finds two that belong together."""

    def __init__(self, folder: Path, hosts: set[str]) -> None:
        """hosts: the names and IP addresses that clients may write."""
        self.folder, self.hosts = folder, hosts
        self.authority, self.authority_key = folder / "ca.pem", folder / "ca-key.pem"
        self.server = folder / "server.pem"

    def renew(self, now: datetime | None = None) -> bool:
        """Make what is missing, ends soon or does not fit, and say whether anything was. Raises OSError."""
        now = now or datetime.now(UTC)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = self._read(self.authority, self.authority_key)
        if authority is None or not _holds(authority[0], now, LASTS):
            authority = self._make_authority(now)
        elif self._serves(authority[0], now):
            return False
        self._make_server(*authority, now)
        return True

    def _serves(self, authority: x509.Certificate, now: datetime) -> bool:
        """Whether the certificate there is can still be shown."""
        found = self._read(self.server, self.server)
        if found is None or not _holds(found[0], now, RENEWED):
            return False
        with suppress(ValueError, InvalidSignature):
            found[0].verify_directly_issued_by(authority)
            return _names(self.hosts) == _names_of(found[0])
        return False

    def _read(self, certificate: Path, key: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        """A certificate with its key, None if one of them is not there, spoilt or not of the other. Raises OSError for
        what cannot be read: it may be whole, and clients know it."""
        with suppress(FileNotFoundError, ValueError, TypeError):
            read = x509.load_pem_x509_certificate(certificate.read_bytes())
            secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
            if isinstance(secret, ec.EllipticCurvePrivateKey) and read.public_key() == secret.public_key():
                return read, secret
        return None

    def _make_authority(self, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _named("Environment Studio")
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = (
            _builder(name, name, key, now, AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self.authority_key, key.private_bytes(*KEY_FORM))
        _write(self.authority, made.public_bytes(PEM))
        return made, key

    def _make_server(self, authority: x509.Certificate, signer: ec.EllipticCurvePrivateKey, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        made = (
            _builder(_named("Environment Studio server"), authority.subject, key, now, LASTS)
            .add_extension(x509.SubjectAlternativeName(_names(self.hosts)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(signer, hashes.SHA256())
        )
        _write(self.server, made.public_bytes(PEM) + key.private_bytes(*KEY_FORM))


def _holds(certificate: x509.Certificate, now: datetime, lasts: timedelta) -> bool:
    """Whether it is valid and will be for so long; one that a clock made which was ahead is not yet."""
    return certificate.not_valid_before_utc <= now and now + lasts < certificate.not_valid_after_utc


def _names(hosts: set[str]) -> list[x509.GeneralName]:
    """The hosts as certificates name them; what no certificate can name is left out."""
    names: list[x509.GeneralName] = []
    for host in sorted(hosts):
        with suppress(ValueError):
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
            continue
        with suppress(ValueError):  # of which UnicodeError is one
            names.append(x509.DNSName(host.encode("idna").decode("ascii")))
    return names


def _names_of(certificate: x509.Certificate) -> list[x509.GeneralName]:
    return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), now - CLOCKS_DIFFER, now + lasts
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> None:
    """Put the content in the place of what is there, at once, for us alone to read."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    os.replace(draft, path)
