"""Operations: what an upstream can do besides its list, as a provider offers it.

A provider that `Operates` has operations: values that tell callers what each one takes
and makes, each with the function that carries it out. An operation takes and gives the
upstream's own JSON, so whoever knows the upstream's document knows the operation.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec
from msgspec import Struct

from gateway.plugin.errors import Fault
from gateway.plugin.foreign.sheets import Sheet

Method: TypeAlias = Literal["GET", "POST"]
Makes: TypeAlias = Literal["answer", "file", "job"]
OperationScope: TypeAlias = Literal[
    "account:read", "account:write", "jobs:write", "catalog:write"
]
TaskProgress: TypeAlias = Literal["queued", "processing", "succeeded", "failed"]

JSON = "application/json"
PHOTOS = ("image/jpeg", "image/png", "image/webp")
SHEETS = (
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


class Access(Struct, frozen=True, kw_only=True):
    """For whom an operation is carried out: an account's credential and its token.

    The token is empty where the operation needs no login.
    """

    credential: Any
    token: str = ""

    def __repr__(self) -> str:
        return "Access(...)"


class JsonBody(Struct, frozen=True, kw_only=True):
    """What was sent, and what of it is known: an instance of the input's `type`."""

    known: Any
    raw: msgspec.Raw


class Photo(Struct, frozen=True, kw_only=True):
    """A picture's bytes; the media type is that of the bytes."""

    content: bytes
    media_type: str


class JsonInput(Struct, frozen=True, kw_only=True):
    """An operation takes a JSON object; unknown fields pass.

    `example` is one that the upstream's document shows.
    """

    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    type: type[Struct]
    example: Mapping[str, Any] = {}


class PhotoInput(Struct, frozen=True, kw_only=True):
    """An operation takes a picture: the body itself, or the multipart field `file`.

    Where the upstream takes no transparency, pictures that have some are flattened.
    """

    media_types: ClassVar[tuple[str, ...]] = PHOTOS
    takes_transparency: bool = True


class SheetInput(Struct, frozen=True, kw_only=True):
    """An operation takes a spreadsheet, which is refused whole for any fault in it."""

    media_types: ClassVar[tuple[str, ...]] = SHEETS
    check: Callable[[Sheet], Sequence[Fault]]


Input: TypeAlias = JsonInput | PhotoInput | SheetInput
Sent: TypeAlias = JsonBody | Photo | Sheet | None


class File(Struct, frozen=True, kw_only=True):
    """A file that an operation gives.

    With `most_pixels` a picture of at most so many pixels a side is drawn from it.
    """

    content: bytes
    filename: str
    most_pixels: int | None = None


class Polled(Struct, frozen=True, kw_only=True):
    """How far a job has come; `position` counts the tasks ahead of it."""

    progress: TaskProgress
    position: int | None = None
    error: str | None = None


class Operation(Struct, frozen=True, kw_only=True):
    """One thing that an upstream can do; its name is the upstream's own.

    `is_reading`: it changes nothing upstream, and may be repeated. `is_exclusive`: it
    is carried out one at a time for an account, over all replicas. `needs_login`: with
    an account's token. `opens_account`: an account that was refused may be good after
    it.
    """

    makes: ClassVar[Makes]
    name: str
    title: str
    description: str
    method: Method
    scope: OperationScope
    input: Input | None = None
    is_reading: bool = False
    is_exclusive: bool = False
    needs_login: bool = True
    opens_account: bool = False
    run: Callable[[Access, Any], Awaitable[Any]]


class AnswerOperation(Operation, frozen=True, kw_only=True):
    """`run` gives the upstream's answer: an instance of `output`.

    Raises (`run`):
        RejectedError: the upstream refuses it, with its own words as `detail`.
        NotFoundError: there is nothing to read.
        InvalidBodyError: it cannot be carried out for this account.
        UpstreamError: as `Provider.read`.
    """

    makes: ClassVar[Makes] = "answer"
    output: type[Struct]
    example: Mapping[str, Any] = {}
    run: Callable[[Access, Any], Awaitable[Struct]]


class FileOperation(Operation, frozen=True, kw_only=True):
    """`run` gives a file; it raises as an `AnswerOperation`'s."""

    makes: ClassVar[Makes] = "file"
    run: Callable[[Access, Any], Awaitable[File]]


class JobOperation(Operation, frozen=True, kw_only=True):
    """`run` submits a task, and gives its id; it raises as an `AnswerOperation`'s.

    `poll` asks how far a task has come; None: the upstream has forgotten it. `find`
    gives the ids of the items in the gallery that a task has made.
    """

    makes: ClassVar[Makes] = "job"
    run: Callable[[Access, Any], Awaitable[str]]
    poll: Callable[[Access, str], Awaitable[Polled | None]]
    find: Callable[[Access, str], Awaitable[Sequence[str]]]


@runtime_checkable
class Operates(Protocol):
    """A provider that can do more than list."""

    @property
    def operations(self) -> Sequence[Operation]:
        """Return all of them, in the order in which they are shown; names are unique."""
        ...
