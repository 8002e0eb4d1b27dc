"""What a gateway's metrics listener says."""

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests import plain
from tests.stack.processes import BOUND_SECONDS, wait_until


def scrape(port: int) -> str:
    answer = plain.get(f"http://127.0.0.1:{port}/metrics", timeout=BOUND_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def samples(port: int, name: str, **labels: str) -> list[Sample]:
    """Return the samples of a name that have these labels."""
    return [
        sample
        for family in text_string_to_metric_families(scrape(port))
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


def total(port: int, name: str, **labels: str) -> float:
    """Return the sum over all samples of a name that have these labels."""
    return sum(sample.value for sample in samples(port, name, **labels))


def until(port: int, name: str, value: float, **labels: str) -> None:
    """Wait until a sum is as high as that, and see that it is no higher.

    Each worker reports once a second, by itself: what one has told says nothing of what
    another has still to tell.
    """
    until_at_least(port, name, value, **labels)
    assert total(port, name, **labels) == value


def until_at_least(port: int, name: str, value: float, **labels: str) -> None:
    wait_until(lambda: total(port, name, **labels) >= value, f"{name} {labels}")


def served_names(text: str) -> set[str]:
    """Return the names that can be asked for, also where there is no sample yet."""
    names: set[str] = set()
    for family in text_string_to_metric_families(text):
        match family.type:
            case "counter":
                names.add(f"{family.name}_total")
            case "histogram":
                ends = ("_bucket", "_count", "_sum")
                names |= {family.name + end for end in ends}
            case _:
                names.add(family.name)
    return names
