"""Whom TLS trusts: certifi's authorities, the system's, and a provider's own."""

import functools
import ssl

import certifi


@functools.cache
def to_context(ca_file: str = "") -> ssl.SSLContext:
    """Return the context for all who trust the same; to make one takes 40 ms each time.

    The system's authorities are those of OpenSSL's usual places, which the environment
    variables SSL_CERT_FILE and SSL_CERT_DIR replace.

    Raises:
        OSError: there is no such file, or it holds no certificates (PEM).
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
