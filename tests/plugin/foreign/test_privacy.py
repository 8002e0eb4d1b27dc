import os
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from gateway.plugin.foreign.privacy import (
    has_email,
    redact_addresses,
    redact_emails,
    redact_secrets,
    to_message,
    to_name,
    to_text,
)

BOUND_SECONDS = 5.0  # a quadratic one takes minutes


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("joe@example.com", "[e-mail]"),
        ("ask joe.o'neil+x@mail.example.co.uk.", "ask [e-mail]."),
        ("mailto:joe@example.com, or <ann@example.org>!", "mailto:[e-mail], or <[e-mail]>!"),
        ("a/joe%40example.com/b.png", "[e-mail]"),
        ("one@example.com;two@example.com", "[e-mail];[e-mail]"),
        ("jörg@exämple.de", "[e-mail]"),
        ('by "quoted.leak"@upstream.example.', "by [e-mail]."),
        ('"quoted.leak"@upstream.example.png', "[e-mail]"),
        ('"john doe"@example.com', "[e-mail]"),
        ('"a@b"@example.com', "[e-mail]"),
        ('"john"doe@example.com', "[e-mail]"),
        ("john(x)@example.com", "[e-mail]"),
        ("by john(of old)@example.com, hi", "by [e-mail], hi"),
        ("john@(of old)example.com", "[e-mail]"),
        ("john@example(x).com", "[e-mail]"),
        ("john@[192.168.0.1]", "[e-mail]"),
        ("john@[IPv6:::1]", "[e-mail]"),
        ("john@localhost", "[e-mail]"),
        ("john\uff20example.com", "[e-mail]"),
        ("john\ufe6bexample.com", "[e-mail]"),
        ("john@example\u3002com", "[e-mail]"),
        ("john@example\uff0ecom", "[e-mail]"),
        ("john@example\uff61com", "[e-mail]"),
        ("john@example.\u200bcom", "[e-mail]"),
        ("john%40example%2Ecom", "[e-mail]"),
        ("john%25252540example.com", "[e-mail]"),
        ("john&#64;example.com", "[e-mail]"),
        ("john&amp;#x40;example&period;com", "[e-mail]"),
        ("&quot;john&quot;&commat;example.com", "[e-mail]"),
        ("john\\u0040example.com", "[e-mail]"),
        ("john%26%2364%3Bexample.com", "[e-mail]"),
        ('{"by": "@ada.b", "to": "joe@example.com"}', '{"by": "@ada.b", "to": "[e-mail]"}'),
        ('"well" said "@ada.b" (@ada.b)', '"well" said "@ada.b" (@ada.b)'),
        ("ada@host", "ada@host"),
        ("fish &amp; chips @ 50%25", "fish &amp; chips @ 50%25"),
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


def test_what_is_escaped_deeper_than_anyone_would_is_taken_for_an_address() -> None:
    text = "&#64;"
    for _ in range(6):
        text = text.replace("&", "%26").replace("%", "&#37;")

    assert redact_emails(f"joe{text}example.com") == "[e-mail]"
    assert to_message(f"/a?x{text}") == "[address]"


LOCALS = ("{}", '"{}"', "{}(x)", '"a {}"', "{}(a b)", '"{}".b')
ATS = (
    "@",
    "%40",
    "%2540",
    "\uff20",
    "\ufe6b",
    "&#64;",
    "&#x0040;",
    "\\u0040",
    "@(x y)",
)
DOTS = (".", "%2E", "%252e", "\u3002", "\uff0e", "\uff61", "&#46;", "\u200b.")


@given(
    local=st.sampled_from(LOCALS),
    at=st.sampled_from(ATS),
    dot=st.sampled_from(DOTS),
    before=st.text(),
    after=st.text(),
)
def test_no_spelling_of_an_address_survives(
    local: str, at: str, dot: str, before: str, after: str
) -> None:
    name = "\N{SNOWMAN}joe"
    address = f"{local.format(name)}{at}example{dot}com"

    assert redact_emails(address) == "[e-mail]"
    assert name not in redact_emails(f"{before} {address} {after}")


@given(st.text(alphabet="ab.:/@%2540 []<>\"'()\\&#64;\uff20\u3002"))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact_emails(text)

    assert redact_emails(once) == once


LENGTH = 100_000 if os.environ.get("GATEWAY_TEST_ALL") else 10_000
HOSTILE = (
    "a", "a@", "@", "%40", "%25", "%", "25", "a.", ".", "x://", '"', 'a"', '"a"@', "(",
    "a(", "(a)@", "@(", "[@", "@[", ":", "a:", "/", "/?", "?", "&a=", "&", "&amp;", "&#",
    "&#0", "\\", '\\"', "\\u00", "\uff20", "\u3002", "a\u0301\u0327", "token", "token ",
    'token:"', "token-", "key", "bearer ", "basic ",
)  # fmt: skip


@pytest.mark.parametrize("begin", ["", "a@", "&#", "%", '"', "token"])
@pytest.mark.parametrize("part", HOSTILE)
def test_long_texts_are_redacted_in_no_time(begin: str, part: str) -> None:
    text = begin + part * (LENGTH // len(part))

    started = time.process_time()
    redact_emails(text)
    to_message(text)

    assert time.process_time() - started < BOUND_SECONDS * LENGTH / 100_000


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("no file at https://cdn.example.com/a.png?sig=1", "no file at [address]"),
        ("<s3://bucket/key> and HTTP://x", "<[address]> and [address]"),
        ("at 127.0.0.1:47810/f/y?X-Sig=SIG", "at [address]"),
        ("//h/a?sig=1", "[address]"),
        ("/a/b?c", "[address]"),
        ("cdn.example.com?c", "[address]"),
        ("a.png?sig=1", "[address]"),
        (r"https:\/\/h\/a", "[address]"),
        ("https%3A%2F%2Fh%2Fa%3Fsig%3D1", "[address]"),
        ("https%253A%252F%252Fh", "[address]"),
        ("https:&#47;&#47;h/a", "[address]"),
        ("me:word@host/a", "[address]"),
        ("and/or", "and/or"),
        ("and/or? 3/4 of them?!", "and/or? 3/4 of them?!"),
        ("What? 100% & more: a//b", "What? 100% & more: a//b"),
    ],
)
def test_web_addresses_are_redacted(text: str, redacted: str) -> None:
    assert redact_addresses(text) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("token=SECRET", "token=[redacted]"),
        ("Token: SECRET, again", "Token: [redacted], again"),
        ("apiKey => SECRET", "apiKey => [redacted]"),
        ("X-Sig%3DSECRET", "X-Sig%3D[redacted]"),
        ("pwd:SECRET", "pwd:[redacted]"),
        ("access_token_1=SECRET;", "access_token_1=[redacted];"),
        ('{"password": "two SECRETS"}', '{"password": "[redacted]"}'),
        (r"{\"auth\":\"SECRET\"}", r'{\"auth\":\"[redacted]"}'),
        ("invalid token 'SECRET'", "invalid token '[redacted]'"),
        ("sent Bearer SECRET", "sent Bearer [redacted]"),
        ("authorization: Basic am9lOmE=", "authorization: [redacted] [redacted]"),
        ("by the author: Ann", "by the author: Ann"),
        ("a basic design: none", "a basic design: none"),
        ("the key is a monkey: Joe", "the key is a monkey: Joe"),
        ("invalid token", "invalid token"),
    ],
)
def test_what_follows_a_secrets_name_is_redacted(text: str, redacted: str) -> None:
    assert redact_secrets(text) == redacted
    assert to_message(text) == redacted


QUERIES = ("{}?X-Sig={}", "{}?{}", "{}?a=1&b={}", "{}#token={}")
PLACES = (
    "https://h/a", "//h/a", "h.example/a", "127.0.0.1:80/a/b", "[::1]:80/a", "/a", "h.example",
)  # fmt: skip
WRITERS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: text.replace("/", r"\/"),
    lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: text.replace("/", "&#47;").replace("=", "&#x3d;"),
)


@given(
    place=st.sampled_from(PLACES),
    query=st.sampled_from(QUERIES),
    write=st.sampled_from(WRITERS),
    before=st.text(),
    after=st.text(),
)
def test_no_message_shows_a_query(
    place: str, query: str, write: Callable[[str], str], before: str, after: str
) -> None:
    address = write(query.format(place, "PLANTED"))

    assert "PLANTED" not in (to_message(f"{before} {address} {after}") or "")


@given(st.text(alphabet="a:/?#=&.@%2 [redact]\"'token"))
def test_a_message_redacted_twice_shows_no_more(text: str) -> None:
    once = redact_addresses(text)

    assert redact_addresses(once) == once


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
    assert to_message("write to mailto:a@b.de") == "write to mailto:[e-mail]"


def test_a_name_with_an_address_is_none() -> None:
    assert to_name("Ann") == "Ann"
    assert to_name("Ann <ann@example.com>") is None


def test_texts_are_taken_over_up_to_a_bound() -> None:
    assert len(to_text("x" * 2_000_000) or "") == 1_000_000
    assert len(to_message("x" * 2_000_000) or "") == 20_000
    assert to_name("x" * 1_000) == "x" * 1_000
    assert to_name("x" * 1_001) is None


@given(st.text(alphabet="bBasicCeErR @:/?#=%&\\\"'`\uff20\u017f\u0130x1"))
def test_words_without_a_hint_are_what_is_left_of_them_anyway(text: str) -> None:
    assert to_message(text) == to_text(redact_secrets(redact_addresses(text)))
