"""Foreign text without e-mail addresses, and, where asked, without web addresses.

Every text that a plugin takes over goes through here: a prompt, a file name or an
error message may name a person as well as an author's field does. All of it is
linear in the text's length.
"""

import re
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gateway.plugin.foreign.spellings import is_plain, to_plain

Found = TypeVar("Found", bound=Struct)

MOST_CHARACTERS = 1_000_000
"""How much of a user's own text is taken over."""
_MOST_SAID, _MOST_NAMED = 20_000, 1_000
"""How much of a service's words, and of a name or an id."""

EMAIL_MARK = "[e-mail]"
ADDRESS_MARK = "[address]"
REDACTED = "[redacted]"

_AT = (
    r"(?:[@\uFF20\uFE6B]|%(?:25)*40|[\\%](?:u00|x)40"
    r"|&(?:amp;)*(?:#0*64|#x0*40|commat);?)"
)
_MARK = re.compile(r"[@\uFF20\uFE6B]")
_HINT = re.compile(r"[@\uFF20\uFE6B%&\\]")
# a quoted name and a remark may hold blanks: they belong to the mark they stand at
_CHUNK = re.compile(
    rf"""(?:[^\s"(@\uFF20\uFE6B%&\\]+|"[^"\n]{{1,128}}"(?={_AT})"""
    rf"""|\([^()\n]{{1,128}}\)(?={_AT})|{_AT}\([^()\n]{{1,128}}\)|\S)++""",
    re.IGNORECASE,
)
_DELIMITERS = r"\s\"<>()\[\],;:\\"
_WORD = re.compile(rf"[^{_DELIMITERS}]+")
_REMARK = re.compile(r"\([^()]*\)")
_EMAIL = re.compile(
    rf"""(?:[^@{_DELIMITERS}]|\w\\|"\w[^"]*"|[^\s@"(\[{{<:,;=]"|[^\s@(]\))@"""
    rf"""(?:[^@{_DELIMITERS}]*\w\.\w|localhost\b|\[[^\s\]@]{{0,64}}[.:])""",
    re.IGNORECASE,
)
_BEGUN = re.compile(r"[^\s\"(\[{<:,;=\\][\")\\]\[e-mail\]")
"""A mark for the rest of an address whose beginning, quoted or a remark, is left."""

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,15}://[^\s\"'<>]+", re.IGNORECASE)
_ADDRESS_WORD = re.compile(r"[^\s\"'<>]+")
_ADDRESS_HINT = re.compile(r"[?#&%\\@]|//")
_HIDDEN = re.compile(
    r"[?&#][^\s?&#=]+=(?!\[redacted\])"  # a query of names and values
    r"|/[^/?#]*\?(?!\[redacted\])[^\w\s]{0,9}\w"  # a path's query of any kind
    r"|\w[.:]\w+\?\w"  # a host's
    r"|(?<!mailto):[^\s@/:]+@\w"  # a password
)

_NAMED = (
    r"(?:(?:token|passw(?:or)?d|passphrase|secret|signature|authorization|credential"
    r"|cookie|cursor|jwt|(?:api|access|private|signing|session)[-_]?key)[\w-]{0,20}"
    r"|(?<![a-z])(?:key|sig|auth|pwd|bearer)(?![a-z]))"
)
_SECRET_HINT = re.compile(r"[=:%\"'`]")
"""Without one of these nothing is given a value: most texts are done with at a glance."""
_SECRET = re.compile(
    rf"({_NAMED}[\"'\\\]]{{0,4}}\s*(?:=>|[=:]|%(?:25)*3[ad])(?:\s|%20)*[\"'\\]*+"
    rf"|{_NAMED}\s+[\"'`])"
    r"(?:(?<=\")[^\"\n]+(?=\")|(?<=')[^'\n]+(?=')|[^\s\"',;&<>]+)",
    re.IGNORECASE,
)
_MESSAGE_HINT = re.compile(
    r"[@\uFF20\uFE6B%&\\?#=:\"'`]|//|[bB](?:[eE][aA][rR][eE][rR]|[aA][sS][iI][cC])"
)
"""Any of the hints: words without one hold nothing to hide."""
# "basic" is a word of any text: what follows it looks like base 64
_BEARER = re.compile(
    r"\b(bearer|basic(?=\s+\S*(?:[0-9=]|(?-i:[a-z][A-Z]))))(?:\s|%20|\+)+[^\s\"',;<>]+",
    re.IGNORECASE,
)


def has_email(text: str) -> bool:
    """Return whether a text contains an e-mail address."""
    return redact_emails(text) != text


def redact_emails(text: str) -> str:
    """Replace each e-mail address, however it is spelt, by `[e-mail]`.

    A mention (`@ada`) is none, nor is a handle at a name without a dot (`ada@host`)
    unless that is `localhost`.
    """
    if not _HINT.search(text) or (is_plain(text) and not _MARK.search(text)):
        return text
    return _CHUNK.sub(_redact_chunk, text)


def redact_all(found: Found) -> Found:
    """Return a struct that has no e-mail address in any of its texts."""
    return msgspec.convert(_redact(msgspec.to_builtins(found)), type(found))


def redact_addresses(text: str) -> str:
    """Replace each `scheme://` address, and any with a query, by `[address]`."""
    if not _ADDRESS_HINT.search(text):
        return text
    return _ADDRESS_WORD.sub(_redact_address, _ADDRESS.sub(ADDRESS_MARK, text))


def redact_secrets(text: str) -> str:
    """Replace what follows a secret's name, or `Bearer`, by `[redacted]`."""
    folded = text.lower()
    if "bearer" in folded or "basic" in folded:
        text = _BEARER.sub(rf"\1 {REDACTED}", text)
    return _SECRET.sub(rf"\1{REDACTED}", text) if _SECRET_HINT.search(text) else text


def has_query(word: str) -> bool:
    """Return whether a word holds an address with a query or a password."""
    if not _ADDRESS_HINT.search(word):
        return False
    plain = to_plain(word)
    return plain is None or _HIDDEN.search(plain) is not None


def to_text(text: str | None) -> str | None:
    """Return a user's own text without e-mail addresses; a blank one is none."""
    if not text or text.isspace():
        return None
    return redact_emails(text[:MOST_CHARACTERS])


def to_message(text: str | None) -> str | None:
    """Return a service's own words, without web addresses and secrets; blank is none."""
    if text is None:
        return None
    text = text[:_MOST_SAID]
    if not _MESSAGE_HINT.search(text):
        return text if text and not text.isspace() else None
    return to_text(redact_secrets(redact_addresses(text)))


def to_name(text: str | None) -> str | None:
    """Return a person's name or id; one that holds an e-mail address is none.

    Nor is one that is longer than any.
    """
    if text is None or len(text) > _MOST_NAMED or has_email(text):
        return None
    return to_text(text)


def _redact(value: Any) -> Any:
    match value:
        case str():
            return redact_emails(value)
        case list() | tuple():
            return [_redact(one) for one in value]
        case dict():
            return {name: _redact(one) for name, one in value.items()}
        case _:
            return value


def _redact_chunk(match: re.Match[str]) -> str:
    """Redact the words that are addresses; if that does not do, all of it."""
    chunk = match[0]
    if not _holds_email(chunk):
        return chunk
    redacted = _WORD.sub(_redact_word, chunk)
    if _BEGUN.search(redacted) or _holds_email(redacted):
        return EMAIL_MARK + chunk[len(chunk.rstrip(".!?,;:>)")) :]
    return redacted


def _redact_word(match: re.Match[str]) -> str:
    word = match[0]
    if not _holds_email(word):
        return word
    return EMAIL_MARK + word[len(word.rstrip(".!?")) :]


def _holds_email(text: str) -> bool:
    if not _HINT.search(text):
        return False
    plain = to_plain(text)
    if plain is None or _EMAIL.search(plain):
        return True
    return _EMAIL.search(_REMARK.sub("", plain)) is not None


def _redact_address(match: re.Match[str]) -> str:
    word = match[0]
    if has_query(word) or "://" in (to_plain(word) or ""):
        return ADDRESS_MARK
    return word
