"""The faults and delays asked for, and which of them a call meets."""

from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct, structs

Mode = Literal["hang", "truncate", "close"]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0, le=600)]
Status = Annotated[int, Meta(ge=200, le=599)]
R = TypeVar("R", "Delay", "Fault")


class Delay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Waits before the answer; delays that match the same call add up."""

    seconds: Seconds
    path: str | None = None
    count: Count | None = None


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers with `status`, or misbehaves as `mode` says; the first match counts."""

    status: Status | None = None
    mode: Mode | None = None
    path: str | None = None
    count: Count | None = None
    headers: dict[str, str] = {}
    body: str = ""

    def __post_init__(self) -> None:
        if (self.status is None) == (self.mode is None):
            raise ValueError("give either `status` or `mode`")


class RuleBook:
    """Rules in the order they came; one with a count is spent by as many calls."""

    def __init__(self) -> None:
        self._delays: list[Delay] = []
        self._faults: list[Fault] = []

    def add_delay(self, delay: Delay) -> None:
        self._delays.append(delay)

    def add_fault(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._delays.clear()
        self._faults.clear()

    def spend_delay(self, path: str, *, is_media: bool) -> float:
        """The seconds this call has to wait."""
        hit = [rule for rule in self._delays if _matches(rule, path, is_media=is_media)]
        for rule in hit:
            _spend(self._delays, rule)
        return sum(rule.seconds for rule in hit)

    def spend_fault(self, path: str, *, is_media: bool) -> Fault | None:
        for rule in self._faults:
            if _matches(rule, path, is_media=is_media):
                _spend(self._faults, rule)
                return rule
        return None


def _matches(rule: Delay | Fault, path: str, *, is_media: bool) -> bool:
    return not is_media if rule.path is None else rule.path in path


def _spend(rules: list[R], rule: R) -> None:
    """Count one call off a rule; it leaves when none is left."""
    if rule.count is None:
        return
    place = rules.index(rule)
    if rule.count == 1:
        del rules[place]
    else:
        rules[place] = structs.replace(rule, count=rule.count - 1)
