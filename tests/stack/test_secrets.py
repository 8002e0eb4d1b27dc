"""What lies in Redis tells nobody whose accounts they are, nor what opens them."""

import hashlib
import hmac
from pathlib import Path

from redis import Redis

from tests.conftest import RedisServer
from tests.stack.gateways import CREDENTIAL, Gateway, document, serve, write
from tests.stack.processes import Commands

OTHER_KEY = "an-other-signing-key-of-32-bytes-or-more"


def started(
    commands: Commands, folder: Path, upstreams: dict[str, str], redis: str, *keys: str
) -> Gateway:
    whole = document(upstreams, redis={"url": redis})
    if keys:
        whole["secrets"]["signing_keys"] = list(keys)
    return serve(commands, write(folder, whole))


def names_in(redis: str) -> set[str]:
    """Return what names accounts in the keys."""
    with Redis.from_url(redis) as client:
        keys = [key.decode() for key in client.scan_iter("gg:generation:*")]
    return {key.rpartition(":")[2] for key in keys}


def guesses() -> set[str]:
    """Try what an account's name may be made of, as a dictionary would."""
    spelt = [
        text.encode()
        for name, credential in CREDENTIAL.items()
        for text in (
            *credential.values(),
            ":".join(credential.values()),
            "".join(credential.values()),
            f"{name}:{':'.join(credential.values())}",
        )
    ]
    digests = [
        hashlib.sha256,
        hashlib.sha1,
        hashlib.md5,
        hashlib.blake2b,
        hashlib.sha512,
    ]
    plain = {digest(text).hexdigest()[:32] for digest in digests for text in spelt}
    blake = {hashlib.blake2b(text, digest_size=16).hexdigest() for text in spelt}
    return (
        plain | blake | {hmac.digest(b"", text, "sha256").hex()[:32] for text in spelt}
    )


def test_accounts_are_named_by_digests_that_take_the_signing_key_to_make(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    started(commands, tmp_path, sandboxes, own_redis.url).page(limit=5)
    ours = names_in(own_redis.url)
    commands.started[-1].end()
    with Redis.from_url(own_redis.url) as client:
        client.flushall()

    started(commands, tmp_path, sandboxes, own_redis.url, OTHER_KEY).page(limit=5)
    theirs = names_in(own_redis.url)

    assert ours
    assert theirs
    assert not ours & theirs
    assert not (ours | theirs) & guesses()


def test_links_and_pages_outlive_a_change_of_keys(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    old, new = "the-old-signing-key-of-32-bytes-or-more", OTHER_KEY
    first = started(commands, tmp_path, sandboxes, own_redis.url, old)
    page = first.page(limit=5)
    link = page["items"][0]["cover"]["thumbnail_url"]
    first.command.end()

    both = started(commands, tmp_path, sandboxes, own_redis.url, new, old)
    assert both.get(link).status_code == 200
    again = both.page(page["next_cursor"], limit=5)
    assert {one["state"] for one in again["sources"]} == {"fresh"}
    newer = both.page(limit=5)["items"][0]["cover"]["thumbnail_url"]
    assert both.get(newer).status_code == 200
    both.command.end()

    only = started(commands, tmp_path, sandboxes, own_redis.url, new)
    assert only.get(newer).status_code == 200
    assert only.get(link).status_code == 403


def test_no_credential_and_no_token_lies_in_redis_in_clear(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    gateway = started(commands, tmp_path, sandboxes, own_redis.url)
    item = gateway.page(limit=5)["items"][0]
    gateway.get(item["cover"]["thumbnail_url"])

    with Redis.from_url(own_redis.url) as client:
        kept = b"".join(
            key + (client.get(key) if client.type(key) == b"string" else b"")
            for key in client.scan_iter("*", count=1_000)
        )

    assert kept
    for secret in ("demo@example.com", "s3cret"):
        assert secret.encode() not in kept
