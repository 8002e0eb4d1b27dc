"""PiktID's jobs to gallery items."""

from collections.abc import Iterator
from itertools import islice

from gateway.plugin import (
    Asset,
    Author,
    Collection,
    GalleryItem,
    Media,
    Native,
    Progress,
    Status,
    privacy,
    times,
    to_item_id,
)
from providers.piktid.wire import Files, Image, Job

_MOST_ASSETS = 10_000
"""How many of a job's outputs are taken over, and of its inputs."""
_JOB_STATUSES: dict[str, Status] = {
    "failed": "failed",
    "aborted": "canceled",
    "pending": "queued",
    "queued": "queued",
}
_IMAGE_STATUSES: dict[str | None, Status] = {
    "pending": "queued",
    "processing": "processing",
    "completed": "ready",
    "failed": "failed",
}
_WITH_ERROR: frozenset[Status] = frozenset({"failed", "partial", "canceled"})


def to_item(provider: str, job: Job) -> GalleryItem:
    """Translate a job.

    Raises:
        ValueError: it has no id.
    """
    if not job.job_id:
        raise ValueError("a job without job_id")
    images = _to_images(job)
    outputs = tuple(_to_output(*pair) for pair in images.items())
    every = (asset for pair in images.items() for asset in _to_inputs(*pair))
    inputs = tuple(islice(every, _MOST_ASSETS))
    status = _to_status(job)
    return GalleryItem(
        id=to_item_id(provider, job.job_id),
        provider=provider,
        kind="image",
        status=status,
        created_at=times.parse(job.created_at),
        updated_at=times.parse(job.updated_at),
        author=_to_author(job),
        collection=_to_collection(job),
        job_id=privacy.to_name(job.job_id),
        progress=_to_progress(job),
        error=_to_error(outputs) if status in _WITH_ERROR else None,
        cover=_to_cover(images, outputs),
        asset_count=max(len(outputs), job.total_images or 0) + len(inputs),
        assets=outputs + inputs,
        native=_to_native(job),
    )


def to_media(job: Job) -> tuple[Media, ...]:
    """Point to the files of the outputs and the inputs, as far as they are ready."""
    found = []
    for asset_id, image in _to_images(job).items():
        if (files := image.output) and (files.full_size or files.thumbnail):
            found.append(Media(asset_id, files.full_size, files.thumbnail))
        for number, files in enumerate(image.inputs or ()):
            if files and (files.full_size or files.thumbnail):
                name = f"{asset_id}.in{number}"
                found.append(Media(name, files.full_size, files.thumbnail))
    return tuple(found)


def _to_status(job: Job) -> Status:
    if not job.job_status:
        return "unknown"
    if job.job_status != "completed":
        return _JOB_STATUSES.get(job.job_status, "processing")
    if not job.failed_images:
        return "ready"
    known = job.total_images or job.failed_images + (job.completed_images or 0)
    return "failed" if job.failed_images >= known else "partial"


def _to_images(job: Job) -> dict[str, Image]:
    """Key the images by their assets' ids; a repeated one counts once."""
    images: dict[str, Image] = {}
    for image in (job.images or ())[:_MOST_ASSETS]:
        if image is not None:
            images.setdefault(_to_asset_id(image), image)
    return images


def _to_asset_id(image: Image) -> str:
    return f"{image.image_index or 0}.{image.group_index or 0}.{image.version or 0}"


def _to_output(asset_id: str, image: Image) -> Asset:
    ready: Status = "ready" if _has_file(image.output) else "unknown"
    return Asset(
        id=asset_id,
        role="output",
        kind="image",
        status=_IMAGE_STATUSES.get(image.status, ready),
        filename=privacy.to_message(image.download_filename)
        or privacy.to_message(image.original_filename),
        quality_score=image.quality_score,
        feedback=privacy.to_message(image.feedback),
        error=privacy.to_message(image.error_message),
        created_at=times.parse(image.created_at),
        native={
            "feedback_comment": privacy.to_message(image.feedback_comment),
            "processing_time": image.processing_time,
        },
    )


def _to_inputs(output_id: str, image: Image) -> Iterator[Asset]:
    """Translate an image's inputs; the one name that is known is a single input's."""
    inputs = image.inputs or []
    is_single = len(inputs) == 1
    for number, files in enumerate(inputs):
        yield Asset(
            id=f"{output_id}.in{number}",
            role="input",
            output_id=output_id,
            kind="image",
            status="ready" if _has_file(files) else "unknown",
            filename=privacy.to_message(image.original_filename) if is_single else None,
        )


def _to_cover(images: dict[str, Image], outputs: tuple[Asset, ...]) -> Asset | None:
    """Choose the first output that is there to be drawn."""
    for output in outputs:
        if output.status == "ready" and _has_file(images[output.id].output):
            return output
    return None


def _to_author(job: Job) -> Author | None:
    name = privacy.to_name(job.created_by)
    return Author(name=name) if name else None


def _to_collection(job: Job) -> Collection | None:
    if job.project_id is None or not (
        project_id := privacy.to_text(str(job.project_id))
    ):
        return None
    return Collection(id=project_id, name=privacy.to_text(job.project_name))


def _to_progress(job: Job) -> Progress | None:
    counts = (job.completed_images, job.failed_images, job.total_images)
    if counts == (None, None, None):
        return None
    done, failed, total = counts
    return Progress(done=done, failed=failed, total=total)


def _to_error(outputs: tuple[Asset, ...]) -> str | None:
    return next((output.error for output in outputs if output.error), None)


def _to_native(job: Job) -> Native:
    return {
        "job_type": privacy.to_message(job.job_type),
        "job_status": privacy.to_message(job.job_status),
        "identity_name": privacy.to_message(job.identity_name),
    }


def _has_file(files: Files | None) -> bool:
    return files is not None and bool(files.full_size or files.thumbnail)
