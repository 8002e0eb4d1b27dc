"""The parameters of the list of jobs."""

from collections.abc import Sequence
from typing import get_args

from gateway.api.parameters.parameter import Parameter, choices
from gateway.jobs.states import JobStatus


def to_table(providers: Sequence[str]) -> Sequence[Parameter]:
    """Return the parameters; `providers` are the names of the caller's."""
    return (
        choices("status", "Only jobs of this status; repeatable", get_args(JobStatus)),
        choices("provider", "Only jobs of this provider; repeatable", providers),
    )
