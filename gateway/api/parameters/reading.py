"""A raw query to values by a route's table of parameters, all its faults at once."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from gateway.api.parameters.parameter import LONGEST, Parameter
from gateway.plugin.errors import Fault, InvalidParameterError

_MOST_FIELDS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNDECODED = re.compile(r"[\ud800-\udfff]")
"""Bytes that are no UTF-8, as `surrogateescape` decodes them."""


def read_query(raw: bytes, table: Sequence[Parameter] = ()) -> dict[str, Any]:
    """Return each parameter's value by its name; without a table there is none.

    Raises:
        InvalidParameterError: with every fault, each naming its parameter.
    """
    given, faults = _split(raw), []
    values = {parameter.name: parameter.default for parameter in table}
    known = {parameter.name: parameter for parameter in table}
    for name, texts in given.items():
        if name not in known:
            faults.append(Fault(where=_show(name), message="not a parameter here"))
            continue
        try:
            values[name] = _read(known[name], texts)
        except ValueError as error:
            faults.append(Fault(where=_show(name), message=str(error)))
    if faults:
        raise InvalidParameterError(faults)
    return values


def _read(parameter: Parameter, texts: Sequence[str]) -> Any:
    if not parameter.is_opaque:
        _check(texts)
    if parameter.repeats:
        return parameter.read(texts)
    if len(texts) > 1:
        raise ValueError("given more than once")
    return parameter.read(texts[0])


def _check(texts: Sequence[str]) -> None:
    if any(len(text) > LONGEST for text in texts):
        raise ValueError(f"longer than {LONGEST} characters")
    if any(_UNDECODED.search(text) for text in texts):
        raise ValueError("expected percent-encoded UTF-8")
    if any(_CONTROL.search(text) for text in texts):
        raise ValueError("holds control characters")


def _split(raw: bytes) -> Mapping[str, list[str]]:
    texts: defaultdict[str, list[str]] = defaultdict(list)
    try:
        pairs = parse_qsl(
            raw.decode("ascii", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        fault = Fault(where="query", message=f"more than {_MOST_FIELDS} parameters")
        raise InvalidParameterError([fault]) from error
    for name, text in pairs:
        texts[name].append(text)
    return texts


def _show(name: str) -> str:
    return (name if name.isprintable() else ascii(name))[:100]
