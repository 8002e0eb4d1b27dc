"""`python -m tests.benchmarks [NAME...]`: figures, and whether they hold."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks import (
    bad_days,
    cold,
    crowd,
    deep,
    from_redis,
    mapping,
    media,
    memory,
    replicas,
    rivals,
    thumbnail,
    warm,
)
from tests.benchmarks.outcome import Outcome

MEASURES: Mapping[str, Callable[[Path], Outcome | list[Outcome]]] = {
    "warm": warm.measure,
    "cold": cold.measure,
    "redis": from_redis.measure,
    "mapping": mapping.measure,
    "deep": deep.measure,
    "stale": bad_days.measure_stale,
    "hole": bad_days.measure_black_hole,
    "frozen": bad_days.measure_frozen,
    "memory": memory.measure,
    "media": media.measure,
    "crowd": crowd.measure,
    "thumbnail": thumbnail.measure,
    "replicas": replicas.measure,
    "cluster": replicas.measure_cluster,
    "alternative": rivals.measure,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(MEASURES)
    if unknown:
        known = ", ".join(MEASURES)
        names_unknown = ", ".join(sorted(unknown))
        sys.stderr.write(f"no such benchmark: {names_unknown}; there are {known}\n")
        return 2
    is_kept = True
    for name in names or MEASURES:
        with tempfile.TemporaryDirectory() as folder:
            found = MEASURES[name](Path(folder))
        for outcome in found if isinstance(found, list) else [found]:
            verdict = "kept" if outcome.is_kept else "BROKEN"
            sign = ">=" if outcome.is_least else "<="
            sys.stdout.write(
                f"{name:12}{outcome.line} ({sign} {outcome.bound:g}: {verdict})\n"
            )
            sys.stdout.flush()
            is_kept = is_kept and outcome.is_kept
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
