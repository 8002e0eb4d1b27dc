"""PiktID as a provider: what it is configured with, and the port."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.plugin import (
    Entry,
    Fault,
    GalleryItem,
    Http,
    InvalidParameterError,
    Listing,
    MisbehavedError,
    Numbered,
    PageKey,
    Plugin,
    Query,
    Token,
    UpstreamPage,
    to_entries,
    to_item_id,
    translate,
)
from providers.piktid.client import Client
from providers.piktid.mapping import to_item, to_media
from providers.piktid.wire import (
    ImageStatus,
    Job,
    JobsRequest,
    Ownership,
    Pagination,
    SortBy,
    Whole,
)

_FIRST_PAGE = 1


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`page_size` is the upstream's `per_page`."""

    page_size: Annotated[int, Meta(ge=1, le=100)] = 50


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token made in the upstream's dashboard."""

    token: Token

    def __repr__(self) -> str:
        return "Credential(...)"


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `piktid.FILTER` parameters."""

    project_id: (
        Annotated[
            Whole, Meta(description="Only the jobs of this project", examples=[7])
        ]
        | UnsetType
    ) = UNSET
    status: (
        Annotated[
            ImageStatus,
            Meta(description="The status of the images", examples=["completed"]),
        ]
        | UnsetType
    ) = UNSET
    feedback: Annotated[
        tuple[str, ...],
        Meta(description="The feedback on the images", examples=[["like"]]),
    ] = ()
    sort_by: (
        Annotated[
            SortBy,
            Meta(
                description="What sorts the images inside a job",
                examples=["quality_score"],
            ),
        ]
        | UnsetType
    ) = UNSET
    ownership: (
        Annotated[
            Ownership,
            Meta(
                description="One's own jobs, or those of the group's members",
                examples=["mine"],
            ),
        ]
        | UnsetType
    ) = UNSET
    job_id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Only this job; not together with search",
                examples=["8f2b7c1e-5d0a-4f3e-9b66-1c2d3e4f5a6b"],
            ),
        ]
        | UnsetType
    ) = UNSET
    job_type: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Only jobs of this type",
                examples=["model_swap", "flat_2_model", "identity_preprocessing"],
            ),
        ]
        | UnsetType
    ) = UNSET
    search: (
        Annotated[
            str,
            Meta(min_length=1, description="Part of a job's id", examples=["8f2b"]),
        ]
        | UnsetType
    ) = UNSET


class Piktid:
    def __init__(self, name: str, settings: Settings, http: Http) -> None:
        self._name = name
        self._settings = settings
        self._client = Client(http)

    async def login(self, credential: Credential) -> str:
        """Return the configured token: there is no other."""
        return credential.token

    def listing(self, _query: Query, filters: Filters) -> Listing[JobsRequest]:
        """Push down no common filter: none goes upstream unharmed."""
        if filters.search and filters.job_id:
            message = "piktid knows search or job_id, not both"
            raise InvalidParameterError(
                [Fault(where=f"{self._name}.search", message=message)]
            )
        request = JobsRequest(
            per_page=self._settings.page_size,
            project_id=filters.project_id,
            status=filters.status,
            feedback=filters.feedback or UNSET,
            sort_by=filters.sort_by,
            ownership=filters.ownership,
            job_id=filters.job_id,
            job_type=filters.job_type,
            search=filters.search,
        )
        return Listing(
            request=request,
            paging=Numbered(
                first=_FIRST_PAGE, size=self._settings.page_size, totals=True
            ),
            enters_at_top=not _is_filtering_on_change(filters),
        )

    async def read(
        self, token: str, listing: Listing[JobsRequest], page: PageKey
    ) -> UpstreamPage:
        """Read one page; `has_next` tells which is the last."""
        jobs = await self._client.list_jobs(token, listing.request, int(page))
        pagination = jobs.pagination or Pagination()
        has_next = pagination.has_next
        return UpstreamPage(
            entries=translate(jobs.jobs, Job, self._to_item, to_media),
            is_last=None if has_next is None else not has_next,
            total=pagination.total,
        )

    async def look_up(self, token: str, native_id: str) -> Entry | None:
        """Find one job by the list's `job_id` filter.

        Raises:
            MisbehavedError: what came instead could not be understood.
        """
        request = JobsRequest(per_page=self._settings.page_size, job_id=native_id)
        jobs = await self._client.list_jobs(token, request, _FIRST_PAGE)
        few = jobs.jobs[: self._settings.page_size]
        entries = to_entries(few, Job, self._to_item, to_media)
        wanted = to_item_id(self._name, native_id)
        found = next((entry for entry in entries if entry.id == wanted), None)
        if found is None and any(entry.item is None for entry in entries):
            raise MisbehavedError("the job could not be understood")
        return found

    def _to_item(self, job: Job) -> GalleryItem:
        return to_item(self._name, job)


def _is_filtering_on_change(filters: Filters) -> bool:
    """Return whether a job may enter the list later than at its making."""
    return bool(filters.status or filters.feedback or filters.ownership)


PLUGIN = Plugin(
    name="piktid",
    title="PiktID",
    settings=Settings,
    credential=Credential,
    filters=Filters,
    kinds=("image",),
    create=Piktid,
    base_url="https://v2.api.piktid.com",
    media_hosts=("*.piktid.com", "*.cloudfront.net"),
)
