import pytest
from hypothesis import given, strategies as st

from gateway.core.privacy import (
    has_email,
    redact_addresses,
    redact_emails,
    to_message,
    to_name,
    to_text,
)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("joe@example.com", "[e-mail]"),
        ("ask joe.o'neil+x@mail.example.co.uk.", "ask [e-mail]."),
        ("mailto:joe@example.com, or <ann@example.org>!", "mailto:[e-mail], or <[e-mail]>!"),
        ("a/joe%40example.com/b.png", "[e-mail]"),
        ("one@example.com;two@example.com", "[e-mail];[e-mail]"),
        ("jörg@exämple.de", "[e-mail]"),
        ("a cat @ night", "a cat @ night"),
        ("by @artist", "by @artist"),
        ("2x@1.", "2x@1."),
        ("100%", "100%"),
        ("", ""),
    ],
)  # fmt: skip
def test_email_addresses_are_redacted(text: str, redacted: str) -> None:
    assert redact_emails(text) == redacted


@given(st.text(), st.emails(), st.text())
def test_no_address_survives_in_any_text(before: str, email: str, after: str) -> None:
    redacted = redact_emails(f"{before} {email} {after}")

    assert email not in redacted
    assert not has_email(redacted)


@given(st.text(alphabet="ab.:/@%40 []<>\"'"))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact_emails(text)

    assert redact_emails(once) == once


@pytest.mark.parametrize("part", ["a", "a@", "@", "%40", "a.", ".", "x://"])
def test_long_texts_are_redacted_in_no_time(part: str) -> None:
    text = part * 300_000

    assert redact_addresses(redact_emails(text)) is not None


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("no file at https://cdn.example.com/a.png?sig=1", "no file at [address]"),
        ("<s3://bucket/key> and HTTP://x", "<[address]> and [address]"),
        ("and/or", "and/or"),
    ],
)
def test_web_addresses_are_redacted(text: str, redacted: str) -> None:
    assert redact_addresses(text) == redacted


@pytest.mark.parametrize("blank", [None, "", "  \n"])
def test_a_blank_text_is_none(blank: str | None) -> None:
    assert to_text(blank) is None
    assert to_message(blank) is None
    assert to_name(blank) is None


def test_a_users_text_keeps_its_web_addresses() -> None:
    assert to_text("like https://example.com/x") == "like https://example.com/x"


def test_a_message_loses_both_kinds_of_address() -> None:
    message = to_message("https://cdn.example.com/joe@example.com failed for a@b.de")

    assert message == "[address] failed for [e-mail]"


def test_a_name_with_an_address_is_none() -> None:
    assert to_name("Ann") == "Ann"
    assert to_name("Ann <ann@example.com>") is None
