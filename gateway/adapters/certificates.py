"""Whom TLS trusts: certifi's authorities, read once for all clients of a process."""

import functools
import ssl

import httpx


@functools.cache
def to_context() -> ssl.SSLContext:
    """Give the context that all share; to read the authorities takes 40 ms each time."""
    return httpx.create_ssl_context(trust_env=False)
