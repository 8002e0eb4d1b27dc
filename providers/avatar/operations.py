"""What the avatar service can do besides its gallery, as its document has it.

The service keeps the accounts of users, whose photo and details it makes pictures and
films of; and one catalogue of clothes for all of them.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from gateway.plugin import (
    Access,
    AnswerOperation,
    Fault,
    File,
    FileOperation,
    InvalidBodyError,
    JobOperation,
    JsonBody,
    JsonInput,
    Operation,
    Photo,
    PhotoInput,
    Polled,
    RefusedError,
    Sheet,
    SheetInput,
    Upload,
    privacy,
)
from providers.avatar import examples
from providers.avatar.bodies import (
    FoundDetails,
    FoundInfo,
    Garment,
    GarmentRequest,
    ImageTask,
    Message,
    Registration,
    UserDetails,
    UserInfo,
    VideoTask,
)
from providers.avatar.client import Client
from providers.avatar.clothes import check
from providers.avatar.mapping import to_garment, to_made, to_message, to_polled

_NOT_FOUND: Final = 404
_THUMBNAIL_PIXELS: Final = 480
_SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_SHEET_TYPES: Final = {
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SENT_AS_IT_IS: Final = "The body is as the service documents it; unknown fields pass."


class Operations:
    """Carries them out for a configured provider's accounts."""

    def __init__(self, provider: str, client: Client) -> None:
        self._provider = provider
        self._client = client

    def to_operations(self) -> tuple[Operation, ...]:
        """Return them in the document's order."""
        return (
            *self._to_account_operations(),
            *self._to_photo_operations(),
            self._to_task(
                "generate",
                "Make a picture",
                JsonInput(type=ImageTask, example=examples.IMAGE_TASK),
            ),
            self._to_task(
                "generate_video",
                "Make a film",
                JsonInput(type=VideoTask, example=examples.VIDEO_TASK),
            ),
            *self._to_clothes_operations(),
        )

    def _to_account_operations(self) -> tuple[Operation, ...]:
        return (
            AnswerOperation(
                name="register",
                title="Register the account",
                description=(
                    "Makes the service know the account's own e-mail address, which the"
                    " body need not name."
                ),
                method="POST",
                scope="account:write",
                input=JsonInput(type=Registration, example=examples.INFO),
                output=Message,
                example=examples.to_message("Account [e-mail] has been created"),
                needs_login=False,
                opens_account=True,
                run=self._register,
            ),
            AnswerOperation(
                name="get_user_info",
                title="Who the account is of",
                description="The account's e-mail address is left out.",
                method="GET",
                scope="account:read",
                output=FoundInfo,
                example=examples.INFO,
                is_reading=True,
                run=self._get_info,
            ),
            AnswerOperation(
                name="update_user_info",
                title="Change who the account is of",
                description="Only the fields that are named change.",
                method="POST",
                scope="account:write",
                input=JsonInput(type=UserInfo, example={"full_name": "Ada Example"}),
                output=Message,
                example=examples.to_message("user info updated successfully"),
                is_exclusive=True,
                run=self._update_info,
            ),
            AnswerOperation(
                name="get_user_details",
                title="What the user looks like",
                description="As pictures are made from it.",
                method="GET",
                scope="account:read",
                output=FoundDetails,
                example=examples.DETAILS,
                is_reading=True,
                run=self._get_details,
            ),
            AnswerOperation(
                name="update_user_details",
                title="Change what the user looks like",
                description="Only the fields that are named change.",
                method="POST",
                scope="account:write",
                input=JsonInput(type=UserDetails, example={"hair_style": "10"}),
                output=Message,
                example=examples.to_message("User details updated successfully"),
                is_exclusive=True,
                run=self._update_details,
            ),
        )

    def _to_photo_operations(self) -> tuple[Operation, ...]:
        return (
            FileOperation(
                name="get_avatar",
                title="The user's photo",
                description="As it was uploaded; its type is that of the bytes.",
                method="GET",
                scope="account:read",
                is_reading=True,
                run=self._get_photo,
            ),
            FileOperation(
                name="get_avatar_thumbnail",
                title="The user's photo, smaller",
                description="Drawn by the gateway where the service has none.",
                method="GET",
                scope="account:read",
                is_reading=True,
                run=self._get_thumbnail,
            ),
            AnswerOperation(
                name="upload_avatar",
                title="Replace the user's photo",
                description=(
                    "JPEG, PNG or WebP; what is transparent in it becomes white, as the"
                    " service takes no such pictures."
                ),
                method="POST",
                scope="account:write",
                input=PhotoInput(takes_transparency=False),
                output=Message,
                example=examples.to_message("Uploaded avatar successfully"),
                run=self._upload_photo,
            ),
        )

    def _to_clothes_operations(self) -> tuple[Operation, ...]:
        return (
            AnswerOperation(
                name="upload_clothes",
                title="Replace the catalogue of clothes",
                description=(
                    "A sheet with the columns URL, Brand, Gender, Name, Colors, Colors"
                    " Hex and Sizes. The service empties its one catalogue first, so"
                    " the sheet is checked whole before it is sent."
                ),
                method="POST",
                scope="catalog:write",
                input=SheetInput(check=check),
                output=Message,
                example=examples.to_message("The Excel file has been uploaded"),
                needs_login=False,
                run=self._upload_clothes,
            ),
            AnswerOperation(
                name="get_clothes",
                title="Find a garment",
                description="By its address, or by its brand and name, in any case.",
                method="POST",
                scope="account:read",
                input=JsonInput(type=GarmentRequest, example=examples.GARMENT_REQUEST),
                output=Garment,
                example=examples.GARMENT,
                is_reading=True,
                needs_login=False,
                run=self._get_clothes,
            ),
        )

    def _to_task(self, name: str, title: str, wanted: JsonInput) -> Operation:
        async def submit(access: Access, sent: JsonBody) -> str:
            return await self._client.submit(access.token, name, sent.raw)

        return JobOperation(
            name=name,
            title=title,
            description=_SENT_AS_IT_IS,
            method="POST",
            scope="jobs:write",
            input=wanted,
            run=submit,
            poll=self._poll,
            find=self._find,
        )

    async def _register(self, access: Access, sent: JsonBody) -> Struct:
        """Register the credential's own address.

        Raises:
            InvalidBodyError: another one is named.
        """
        own, named = access.credential.email, sent.known.email
        if isinstance(named, str) and _fold(named) != _fold(own):
            message = "expected the account's own, or none"
            raise InvalidBodyError([Fault(where="/email", message=message)])
        body = _merge(sent, {"email": msgspec.Raw(msgspec.json.encode(own))})
        return to_message(await self._client.post("", "register", body))

    async def _get_info(self, access: Access, _: None) -> Struct:
        found = await self._client.get(access.token, "get_user_info", FoundInfo)
        return privacy.redact_all(found)

    async def _get_details(self, access: Access, _: None) -> Struct:
        found = await self._client.get(access.token, "get_user_details", FoundDetails)
        return privacy.redact_all(found)

    async def _update_info(self, access: Access, sent: JsonBody) -> Struct:
        return await self._update(access, "user_info", FoundInfo, sent)

    async def _update_details(self, access: Access, sent: JsonBody) -> Struct:
        return await self._update(access, "user_details", FoundDetails, sent)

    async def _update(
        self, access: Access, what: str, found: type[Struct], sent: JsonBody
    ) -> Struct:
        """Change the named fields: what an update leaves out, the service forgets."""
        fields: dict[str, msgspec.Raw] = {}
        try:
            before = await self._client.get(access.token, f"get_{what}", found)
            fields = _to_fields(msgspec.Raw(msgspec.json.encode(before)))
        except RefusedError as error:
            if error.status != _NOT_FOUND:
                raise
        body = msgspec.Raw(msgspec.json.encode(fields | _to_fields(sent.raw)))
        return to_message(await self._client.post(access.token, f"update_{what}", body))

    async def _get_photo(self, access: Access, _: None) -> File:
        content = await self._client.get_file(access.token, "get_avatar")
        return File(content=content, filename="avatar")

    async def _get_thumbnail(self, access: Access, sent: None) -> File:
        """Return the service's own, which it never had yet, or a picture to be drawn."""
        try:
            content = await self._client.get_file(access.token, "get_avatar_thumbnail")
        except RefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            photo = await self._get_photo(access, sent)
            return msgspec.structs.replace(photo, most_pixels=_THUMBNAIL_PIXELS)
        return File(content=content, filename="avatar")

    async def _upload_photo(self, access: Access, sent: Photo) -> Struct:
        upload = Upload(
            content=sent.content,
            media_type=sent.media_type,
            field="file",
            filename=f"avatar.{_SUFFIXES[sent.media_type]}",
        )
        return to_message(
            await self._client.upload(access.token, "upload_avatar", upload)
        )

    async def _upload_clothes(self, _: Access, sent: Sheet) -> Struct:
        suffix = sent.filename[sent.filename.rindex(".") :]
        upload = Upload(
            content=sent.content,
            media_type=_SHEET_TYPES[suffix],
            field="file",
            filename=sent.filename,
        )
        return to_message(await self._client.upload(None, "upload_clothes", upload))

    async def _get_clothes(self, _: Access, sent: JsonBody) -> Struct:
        """Find a garment; the service wants a brand, though its document names none."""
        brand = msgspec.Raw(b'""')
        body = _merge(sent, {} if "brand" in _to_fields(sent.raw) else {"brand": brand})
        found = await self._client.find_garment(body)
        return privacy.redact_all(to_garment(found))

    async def _poll(self, access: Access, task_id: str) -> Polled | None:
        state = await self._client.find_task(access.token, task_id)
        return None if state is None else to_polled(state)

    async def _find(self, access: Access, task_id: str) -> Sequence[str]:
        entries = await self._client.list_gallery(access.token)
        return to_made(self._provider, task_id, entries)


def _merge(sent: JsonBody, fields: dict[str, msgspec.Raw]) -> msgspec.Raw:
    """Return what was sent with other values for some fields."""
    return msgspec.Raw(msgspec.json.encode(_to_fields(sent.raw) | fields))


def _to_fields(body: msgspec.Raw) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw])


def _fold(email: str) -> str:
    """As the service compares: in any case, without blanks behind."""
    return email.rstrip().lower()
