"""What `run` does: an operation carried out, a job followed, and what came of it."""

import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.client import Asset, ForbiddenError, Gallery, Job, JobHandle
from gateway.client.core.structs import Json
from gateway.terminal.progress import Progress

USUAL_TIMEOUT_SECONDS = 600.0
_STEP_SECONDS = 30.0
_JOB = "job_"


class Wanted(Struct, frozen=True, kw_only=True):
    """What to carry out; a job is followed for `timeout_seconds`, if that is told."""

    provider: str
    operation: str
    body: Json = None
    timeout_seconds: float | None = None
    output: Path | None = None
    idempotency_key: str | None = None


def to_body(content: bytes | None) -> Json:
    """Return JSON as such, and anything else as the file that it is."""
    if content is None:
        return None
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content


def run(gallery: Gallery, wanted: Wanted) -> int:
    """Carry it out, and return the exit code: 1 where a job has failed.

    Raises:
        TimeoutError: a job that was waited for has not ended.
    """
    if wanted.operation.startswith(_JOB):
        return _follow(gallery, gallery.job(wanted.operation), wanted)
    if _makes_job(gallery, wanted):
        handle = gallery.submit(
            wanted.provider,
            wanted.operation,
            wanted.body,
            idempotency_key=wanted.idempotency_key,
        )
        return _follow(gallery, handle, wanted)
    answer = gallery.call(
        wanted.provider,
        wanted.operation,
        wanted.body,
        idempotency_key=wanted.idempotency_key,
    )
    _give(answer, wanted.output)
    return 0


def _makes_job(gallery: Gallery, wanted: Wanted) -> bool:
    """Tell by what the provider lists; a key that may not read follows no job either."""
    try:
        found = gallery.provider(wanted.provider).find(wanted.operation)
    except ForbiddenError:
        return False
    return found is not None and found.makes == "job"


def _follow(gallery: Gallery, handle: JobHandle, wanted: Wanted) -> int:
    job = handle.job
    if wanted.timeout_seconds is not None:
        job = _wait(handle, wanted.timeout_seconds)
    _write(_to_json(job))
    if job.status == "succeeded" and wanted.output is not None:
        _store(gallery, job, wanted.output)
    return 1 if job.status == "failed" else 0


def _wait(handle: JobHandle, seconds: float) -> Job:
    """Wait for a job's end, and tell how it stands now and then."""
    progress, left = Progress(), seconds
    try:
        while True:
            progress.show(_to_standing(handle))
            step = min(left, _STEP_SECONDS)
            left -= step
            try:
                return handle.wait(step)
            except TimeoutError:
                if left <= 0:
                    raise
    finally:
        progress.clear()


def _to_standing(handle: JobHandle) -> str:
    ahead = f", {handle.position} ahead" if handle.position else ""
    return f"{handle.id[:16]}: {handle.status}{ahead}"


def _store(gallery: Gallery, job: Job, path: Path) -> None:
    """Store the file of each item that a job made; a second one is `NAME-2`."""
    for number, item_id in enumerate(job.item_ids or (), start=1):
        asset = _to_made(gallery.item(item_id).assets)
        if asset is None:
            continue
        name = path.name if number == 1 else f"{path.stem}-{number}{path.suffix}"
        gallery.download(asset, path.with_name(name))


def _to_made(assets: tuple[Asset, ...]) -> Asset | None:
    made = (one for one in assets if one.role == "output" and one.url)
    return next(made, None)


def _give(answer: Json, output: Path | None) -> None:
    content = answer if isinstance(answer, bytes) else _to_json(answer)
    if output is not None:
        output.write_bytes(content)
    elif isinstance(answer, bytes) and sys.stdout.isatty():
        raise OSError("a file is no text: say --output FILE, or pipe it")
    else:
        _write(content)


def _write(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _to_json(answer: Json) -> bytes:
    """Return JSON, indented for people."""
    content = msgspec.json.encode(answer)
    if sys.stdout.isatty():
        content = msgspec.json.format(content, indent=2)
    return content + b"\n"
