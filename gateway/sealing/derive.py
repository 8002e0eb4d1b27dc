"""Keys derived from a signing key, one for each purpose (HKDF, RFC 5869)."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(signing_key: bytes, purpose: bytes, size_bytes: int) -> bytes:
    info = b"gallery-gateway " + purpose
    return HKDF(SHA256(), size_bytes, salt=None, info=info).derive(signing_key)
