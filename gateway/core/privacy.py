"""Foreign text without e-mail addresses, and, where asked, without web addresses.

Every text that a plugin takes over goes through here: a prompt, a file name or an
error message may name a person as well as an author's field does. All of it is
linear in the text's length.
"""

import re

EMAIL_MARK = "[e-mail]"
ADDRESS_MARK = "[address]"

_WORD = re.compile(r"[^\s\"<>()\[\],;:\\]+")
_EMAIL = re.compile(r"[^@]@[^@]*\w\.\w")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,15}://[^\s\"'<>]+", re.IGNORECASE)


def has_email(text: str) -> bool:
    """Tell whether a text contains an e-mail address."""
    return redact_emails(text) != text


def redact_emails(text: str) -> str:
    """Replace each e-mail address, `%40` for `@` included, by `[e-mail]`."""
    if "@" not in text and "%40" not in text:
        return text
    return _WORD.sub(_redact_word, text)


def redact_addresses(text: str) -> str:
    """Replace each `scheme://` address by `[address]`."""
    return _ADDRESS.sub(ADDRESS_MARK, text) if "://" in text else text


def to_text(text: str | None) -> str | None:
    """Give a user's own text without e-mail addresses; a blank one is none."""
    if not text or text.isspace():
        return None
    return redact_emails(text)


def to_message(text: str | None) -> str | None:
    """Give a service's own words, without web addresses either; blank is none."""
    return None if text is None else to_text(redact_addresses(text))


def to_name(text: str | None) -> str | None:
    """Give a person's name or id; one that holds an e-mail address is none."""
    return None if text is None or has_email(text) else to_text(text)


def _redact_word(match: re.Match[str]) -> str:
    word = match[0]
    if not _EMAIL.search(word.replace("%40", "@")):
        return word
    return EMAIL_MARK + word[len(word.rstrip(".!?")) :]
