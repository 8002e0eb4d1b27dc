"""How Pydantic reads a body field by field, and words what it does not take."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

Json = dict[str, object]
Where = tuple[str | int, ...]
Reader = Callable[[object, Where], object]
_YES: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_NO_FRACTION: Final = re.compile(r"\.0+$")
_NO: Final = frozenset({"0", "off", "f", "false", "n", "no"})


class InvalidError(Exception):
    def __init__(self, *faults: Json) -> None:
        super().__init__(faults)
        self.faults = faults


class Field(Struct, frozen=True, kw_only=True):
    """One that need not be there may be null, and is null when it is left out."""

    read: Reader
    is_required: bool = True


def to_fault(word: str, where: Where, message: str, given: object) -> Json:
    return {"type": word, "loc": where, "msg": message, "input": given}


def need(read: Reader) -> Field:
    return Field(read=read)


def allow(read: Reader) -> Field:
    return Field(read=read, is_required=False)


def model(fields: Mapping[str, Field]) -> Reader:
    """Read an object's known fields; all their faults are told at once."""

    def read(given: object, where: Where) -> Json:
        if not isinstance(given, dict):
            message = "dictionary or object to extract fields from"
            raise _unfit("model_attributes_type", where, message, given)
        found: Json = {}
        faults: list[Json] = []
        for name, field in fields.items():
            try:
                found[name] = _read_field(given, name, field, where)
            except InvalidError as error:
                faults += error.faults
        if faults:
            raise InvalidError(*faults)
        return found

    return read


def _read_field(given: Json, name: str, field: Field, where: Where) -> object:
    place = (*where, name)
    value = given.get(name)
    if value is None and not field.is_required:
        return None
    if name not in given:
        raise InvalidError(to_fault("missing", place, "Field required", given))
    return field.read(value, place)


def text(given: object, where: Where) -> str:
    if not isinstance(given, str):
        raise _unfit("string_type", where, "string", given)
    return given


def integer(given: object, where: Where) -> int:
    """Whole numbers, also when spelt as text or with a fraction of 0."""
    if isinstance(given, int):
        return int(given)
    if isinstance(given, float):
        if given.is_integer():
            return int(given)
        message = "integer, got a number with a fractional part"
        raise _unfit("int_from_float", where, message, given)
    if isinstance(given, str):
        try:
            return int(_NO_FRACTION.sub("", given))
        except ValueError as error:
            message = "integer, unable to parse string as an integer"
            raise _unfit("int_parsing", where, message, given) from error
    raise _unfit("int_type", where, "integer", given)


def boolean(given: object, where: Where) -> bool:
    is_part = isinstance(given, float) and given not in (0, 1)
    if is_part or not isinstance(given, int | float | str):
        raise _unfit("bool_type", where, "boolean", given)
    told = str(int(given) if given in (0, 1) else given).lower()
    if told not in _YES | _NO:
        message = "boolean, unable to interpret input"
        raise _unfit("bool_parsing", where, message, given)
    return told in _YES


def objects(given: object, where: Where) -> list[object]:
    if not isinstance(given, list):
        raise _unfit("list_type", where, "list", given)
    faults = [
        _unfit("dict_type", (*where, place), "dictionary", entry).faults[0]
        for place, entry in enumerate(given)
        if not isinstance(entry, dict)
    ]
    if faults:
        raise InvalidError(*faults)
    return given


def _unfit(word: str, where: Where, wanted: str, given: object) -> InvalidError:
    return InvalidError(
        to_fault(word, where, f"Input should be a valid {wanted}", given)
    )
