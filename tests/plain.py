"""HTTP calls over a connection each, to what has no TLS: no certificate is read for it.

To read them takes httpx 40 ms of the processor that the callee may be waiting for.
"""

import ssl
from functools import partial

import httpx

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A context that trusts nobody."""

delete = partial(httpx.delete, verify=NO_TLS)
get = partial(httpx.get, verify=NO_TLS)
post = partial(httpx.post, verify=NO_TLS)
request = partial(httpx.request, verify=NO_TLS)
