"""How each key in a store is spelt: the one place, for replicas must agree on it.

In a Redis Cluster the part in braces decides where a key lies. Keys that one command
asks for or puts together have it in common: what belongs to an account the account, a
page and its lease the page. All others have none: they are used one by one, and so a
large account spreads over all nodes.
"""

CHECK = "check"
"""What `check` and a probe write, to see that they may."""
NEWS = "news"
"""The channel on which replicas tell each other."""
PROBE = "probe"


def page(account_key: str, generation: str, shape: str) -> str:
    """Spell an upstream page's; `shape` is a digest of what the call was."""
    return f"{pages(account_key, generation)}{{{shape}}}"


def pages(account_key: str, generation: str | None) -> str:
    """Spell what the keys of a generation's pages begin with."""
    return f"page:{account_key}:{generation}:"


def generation(account_key: str) -> str:
    return f"generation:{account_key}"


def tombstones(account_key: str) -> str:
    return f"gone:{account_key}"


def token(account_key: str) -> str:
    return f"token:{account_key}"


def address(account_key: str, item: str) -> str:
    """Spell where an item was listed; many are put together. `item` is a digest."""
    return f"media:{{{account_key}}}:{item}"


def facts(account_key: str, file_key: str) -> str:
    """Spell what is known of a file; many are asked for together."""
    return f"facts:{{{account_key}}}:{file_key}"


def rendition(etag: str) -> str:
    return f"rendition:{etag.strip(chr(34))}"


def brought(account_id: str) -> str:
    """Spell the credentials that came with a token, sealed."""
    return f"account:{account_id}"


def job(account_key: str, named: str) -> str:
    """Spell how a job stands."""
    return f"job:{account_key}:{named}"


def poll(job_key: str) -> str:
    """Spell the claim to be the next who asks upstream for a job."""
    return f"poll:{job_key}"


def recent_jobs(account_key: str, tenant: str) -> str:
    return f"jobs:{account_key}:{tenant}"


def idempotency(named: str) -> str:
    """Spell what became of a request that had a key; `named` is a digest."""
    return f"idempotency:{named}"


def operation(account_key: str) -> str:
    """Name the lease of an account's operation that reads, merges and writes."""
    return f"operation:{account_key}"


def drawn(name: str) -> str:
    """Spell a picture drawn of an operation's file."""
    return f"drawn:{name}"


def search(account_key: str, shape: str, item_id: str) -> str:
    """Spell how far the search for an item has come in a list; `shape` is its digest."""
    return f"find:{account_key}:{shape}:{item_id}"


def quota(caller: str, window: int) -> str:
    return f"quota:{caller}:{window}"


def pace(provider: str, window: int) -> str:
    return f"pace:{provider}:{window}"


def breaker(provider: str) -> str:
    return f"breaker:{provider}"


def trial(provider: str) -> str:
    """Name the lease of the one call that tries an open breaker."""
    return f"trial:{provider}"


def login(account_key: str) -> str:
    """Name the lease of an account's login."""
    return f"login:{account_key}"


def mark(name: str) -> str:
    """Spell what tells that the store still has what it was told of a kind of things."""
    return f"mark:{name}"


def lease(name: str) -> str:
    """Spell a lease's, by its name: often that is the key of what is made under it."""
    return f"lease:{name}"
