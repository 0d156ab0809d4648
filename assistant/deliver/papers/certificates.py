"""Who signs: a certificate that the publisher names, or a test certificate made here on first use.

Conventions: ``CUEWRIGHT_C2PA_CERT`` is a PEM file with the certificate and those above it, ``CUEWRIGHT_C2PA_KEY`` its
private key in PEM; ``CUEWRIGHT_C2PA_TSA`` the address of an authority of time, asked only when it is named;
``CUEWRIGHT_C2PA=off`` signs nothing. Without a certificate a test chain is made in the work folder: readers find such a
signature whole but *untrusted*, which is what it is. No key is ever part of the source.

A signing certificate needs an elliptic key (P-256, P-384, P-521), Ed25519 or RSA-PSS, the use *digital signature*, and
the purpose *e-mail protection* or C2PA's own (C2PA Technical Specification 2.1, 14.5).
"""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import InputError
from assistant.settings import Settings

if TYPE_CHECKING:
    from cryptography import x509

LEGAL = "a PEM file"
VALID_DAYS, RENEWED_DAYS = 1825, 30
"""How long a test certificate is valid, and how long before its end a new one is made."""
ISSUER = "Cuewright TEST certificate, not trusted"


@dataclass(frozen=True)
class Signer:
    """A certificate with its key.

    Parameters
    ----------
    chain, key : bytes
        PEM.
    algorithm : str
        As C2PA calls it, such as ``"es256"``.
    issuer : str
        Whom the certificate names.
    is_test : bool
        Whether it was made here and nobody vouches for it.
    time_authority : str
        Address of an authority of time; empty asks none.
    """

    chain: bytes
    key: bytes
    algorithm: str
    issuer: str
    is_test: bool
    time_authority: str = ""

    def __repr__(self) -> str:
        return f"Signer({self.issuer!r})"  # a key has no place in a log


def signer_for(settings: Settings, environ: Mapping[str, str] | None = None) -> Signer | None:
    """Who signs here; None when nothing shall be signed.

    Raises
    ------
    InputError
        If a certificate or a key that the environment names cannot be used.
    """
    environ = os.environ if environ is None else environ
    if environ.get("CUEWRIGHT_C2PA", "").lower() in ("off", "0", "no"):
        return None
    names = ("CUEWRIGHT_C2PA_CERT", "CUEWRIGHT_C2PA_KEY")
    cert, key = (environ.get(name, "") for name in names)
    authority = environ.get("CUEWRIGHT_C2PA_TSA", "")
    if bool(cert) != bool(key):
        raise InputError(f"{names[0]} = {cert!r} and {names[1]} = {key!r}", "both or neither", "set the other one too")
    if not cert:
        return _test_signer(settings.work_dir / "credentials", authority)
    chain, secret = (_read(name, path) for name, path in zip(names, (cert, key), strict=True))
    return _signer(chain, secret, is_test=False, authority=authority)


def _read(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{name} = {path!r}", f"{LEGAL} that can be read", f"correct {name}") from error


def _signer(chain: bytes, key: bytes, *, is_test: bool, authority: str) -> Signer:
    """The signer of a chain and a key that belong together; raises `InputError` where they don't."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        secret: Any = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, IndexError) as error:
        raise InputError(
            "CUEWRIGHT_C2PA_CERT and CUEWRIGHT_C2PA_KEY", f"{LEGAL} each, the key without a password", "correct them"
        ) from error
    if secret.public_key() != leaf.public_key():
        raise InputError("CUEWRIGHT_C2PA_KEY", "the key of the first certificate", "name the key that belongs to it")
    if not leaf.not_valid_before_utc <= datetime.datetime.now(datetime.UTC) <= leaf.not_valid_after_utc:
        raise InputError(
            f"a certificate of {leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}",
            "one that is valid today",
            "renew the certificate",
        )
    return Signer(chain, key, _algorithm(secret), _issuer(leaf), is_test, authority)


def _algorithm(secret: Any) -> str:
    """C2PA's name of what a key signs with."""
    curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    curve = getattr(getattr(secret, "curve", None), "name", None)
    if curve in curves:
        return curves[curve]
    kind = type(secret).__name__.lower()
    if "ed25519" in kind or "rsa" in kind:
        return "ed25519" if "ed25519" in kind else "ps256"
    raise InputError(f"CUEWRIGHT_C2PA_KEY of kind {kind}", "EC P-256, P-384, P-521, Ed25519 or RSA", "use one of these")


def _issuer(leaf: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for each in leaf.subject.get_attributes_for_oid(kind):
            return str(each.value)
    return leaf.subject.rfc4514_string()


@lru_cache(maxsize=4)
def _test_signer(folder: Path, authority: str) -> Signer:
    """The test certificate of a work folder, made when it is absent or nearly over."""
    try:
        signer = _kept(folder, authority)
        if signer is None:
            _make(folder)
            signer = _kept(folder, authority)
    except OSError:
        signer = None
    return signer or _signer(*_fresh(), is_test=True, authority=authority)  # nowhere to keep it: one for this process


def _kept(folder: Path, authority: str) -> Signer | None:
    """The one that lies in a folder; None where there is none that can be used for a while."""
    from cryptography import x509

    try:
        chain, key = (folder / "test-certificate.pem").read_bytes(), (folder / "test-key.pem").read_bytes()
        end = x509.load_pem_x509_certificates(chain)[0].not_valid_after_utc
        left = end - datetime.datetime.now(datetime.UTC)
        return _signer(chain, key, is_test=True, authority=authority) if left.days > RENEWED_DAYS else None
    except (OSError, ValueError, IndexError, InputError):
        return None


def _make(folder: Path) -> None:
    """Write a fresh pair; of two processes that do so at once, one wins whole."""
    chain, key = _fresh()
    begun = folder.with_name(f".credentials.{secrets.token_hex(4)}")
    begun.mkdir(parents=True, mode=0o700)
    try:
        (begun / "test-certificate.pem").write_bytes(chain)
        (begun / "test-key.pem").touch(mode=0o600)
        (begun / "test-key.pem").write_bytes(key)
        if not folder.exists():
            begun.rename(folder)
        elif _kept(folder, "") is None:
            for path in begun.iterdir():  # what else lies there is somebody's
                path.replace(folder / path.name)
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _fresh() -> tuple[bytes, bytes]:
    """A certificate with the one above it, and its key; the upper key is thrown away."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)
    upper, lower = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def named(what: str) -> x509.Name:
        values = ((NameOID.ORGANIZATION_NAME, ISSUER), (NameOID.COMMON_NAME, f"Cuewright test {what}"))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in values])

    def certificate(what: str, own: ec.EllipticCurvePrivateKey, *, is_upper: bool) -> x509.Certificate:
        allowed = {
            "digital_signature": not is_upper, "key_cert_sign": is_upper, "crl_sign": is_upper,
            "content_commitment": False, "key_encipherment": False, "data_encipherment": False,
            "key_agreement": False, "encipher_only": False, "decipher_only": False,
        }  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(what))
            .issuer_name(named("root"))
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
            .add_extension(x509.BasicConstraints(is_upper, None), critical=True)
            .add_extension(x509.KeyUsage(**allowed), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(upper.public_key()), critical=False)
        )
        if not is_upper:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        return builder.sign(upper, hashes.SHA256())

    chain = (certificate("signer", lower, is_upper=False), certificate("root", upper, is_upper=True))
    pem = serialization.Encoding.PEM
    secret = lower.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(each.public_bytes(pem) for each in chain), secret
