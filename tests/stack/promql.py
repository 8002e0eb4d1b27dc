"""What a PromQL expression asks for: names of metrics, and of their labels."""

import re

_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^{}]*)\}")
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)"
)
_NAME = re.compile(r"[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()")
_WORDS = frozenset(
    {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring"}
)


def to_names(expression: str) -> set[str]:
    """Return the names of the metrics in an expression."""
    bare = _STRING.sub('""', expression)
    bare = _SELECTOR.sub(lambda found: found[1] or "", bare)
    bare = _GROUPING.sub("", _RANGE.sub("", bare))
    bare = re.sub(r"\b\d[\w.]*", "", bare)
    return set(_NAME.findall(bare)) - _WORDS


def to_labels(expression: str) -> set[str]:
    """Return the names of all labels in an expression."""
    bare = _STRING.sub('""', expression)
    matched = [
        name
        for found in _SELECTOR.finditer(bare)
        for name in _MATCHER.findall(found[2])
    ]
    grouped = [
        name.strip()
        for found in _GROUPING.finditer(bare)
        for name in found[1].split(",")
        if name.strip()
    ]
    return {*matched, *grouped}
