"""Who may use avatar's stand-in: accounts by e-mail, one token each."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from gateway.sandbox.catalogue import Catalogue
from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox.gallery import Gallery
from providers.avatar.sandbox.requests import Call
from providers.avatar.sandbox.tasks import Queue
from providers.avatar.sandbox.validation import Json

_FIRST_NUMBER: Final = 33
DEMO: Final = "demo@example.com"
_DEMO_INFO: Final[Json] = {
    "email": DEMO,
    "full_name": "Demo Łucja Öztürk",
    "date_of_birth": 741_484_800,
    "ethnicity": "Prefer not to say",
    "gender": "Female",
}
_DEMO_DETAILS: Final[Json] = {
    "face_shape": "oval",
    "skin_tone": 2,
    "body_dimensions": "[]",
    "real_world_measurements": "{}",
    "hair_style": "10",
    "hair_color": "6B4F30FF",
}
_NO_DETAILS: Final[Json] = dict.fromkeys(_DEMO_DETAILS, "") | {"skin_tone": 0}


class Account:
    def __init__(self, number: int, info: Json, gallery: Gallery) -> None:
        self.number = number
        self.info = info
        self.details = dict(_NO_DETAILS)
        self.avatar: bytes | None = None
        self.token: str | None = None
        self.gallery = gallery


class Accounts:
    """Each login voids the token before it; tokens do not expire."""

    def __init__(self, *, items: int, seed: int, now: Callable[[], datetime]) -> None:
        self._secret = f"avatar:{seed}".encode()
        self._seed = seed
        self.queue = Queue(now)
        self._logins = 0
        self._accounts: dict[str, Account] = {}
        self.demo = self.register(dict(_DEMO_INFO))
        self.demo.details = dict(_DEMO_DETAILS)
        self.demo.gallery.stock(Catalogue("avatar", seed), items)

    def register(self, info: Json) -> Account:
        email = str(info["email"])
        if not email:
            raise _refuse_empty()
        if _fold(email) in self._accounts:
            detail = f"Account {email} has already created"
            raise Refusal(404, {"detail": detail})
        gallery = Gallery(f"{self._seed}:{_fold(email)}", self.queue)
        account = Account(_FIRST_NUMBER + len(self._accounts), info, gallery)
        self._accounts[_fold(email)] = account
        return account

    def login(self, email: str) -> str:
        if not email:
            raise _refuse_empty()
        account = self._accounts.get(_fold(email))
        if account is None:
            raise Refusal(404, {"detail": "User not found"})
        self._logins += 1
        account.token = self._make_token(email)
        return account.token

    def numbered(self, number: str) -> Account | None:
        accounts = self._accounts.values()
        return next((one for one in accounts if str(one.number) == number), None)

    def of(self, request: Call) -> Account:
        """The caller's."""
        return self.authorize(request.headers.get("authorization"))

    def authorize(self, header: str | None) -> Account:
        """The account of an `Authorization` header; `Bearer` is case-sensitive."""
        scheme, _, token = (header or "").partition(" ")
        if scheme == "Bearer" and token:
            for account in self._accounts.values():
                if account.token == token:
                    return account
        body = {"detail": "Invalid authorization credentials"}
        raise Refusal(401, body, {"WWW-Authenticate": "Bearer"})

    def void(self) -> None:
        for account in self._accounts.values():
            account.token = None

    def restore(self) -> None:
        """No token is configured here; the queue goes on and lists its files."""
        self.queue.release()
        self.queue.publish()

    def _make_token(self, email: str) -> str:
        """A JSON Web Token, numbered so that no two are the same."""
        parts: list[Json] = [{"alg": "HS256", "typ": "JWT"}]
        parts.append({"sub": email, "jti": self._logins})
        text = b".".join(_encode(msgspec.json.encode(part)) for part in parts)
        signature = _encode(hmac.digest(self._secret, text, "sha256"))
        return f"{text.decode()}.{signature.decode()}"


def _fold(email: str) -> str:
    """As the database compares: in any case, without blanks behind."""
    return email.rstrip().lower()


def _refuse_empty() -> Refusal:
    return Refusal(400, {"detail": "Email can not be empty"})


def _encode(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")
