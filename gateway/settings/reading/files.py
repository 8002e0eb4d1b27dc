"""The files of a configuration as tables, their references resolved."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import FilePlace
from gateway.settings.reading.references import References
from gateway.settings.schema import TenantFile


def read_table(
    path: Path, references: References, place: FilePlace
) -> dict[str, object] | None:
    """Read one file; None when it is not there or not TOML, which is reported."""
    try:
        table = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        place.report(f"expected a readable file ({error.strerror})")
    except UnicodeDecodeError:
        place.report("expected UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        _report_syntax(str(error), place)
    except (ValueError, RecursionError):
        # what tomllib lets through of `int` and of deep nesting; it has no line
        place.report("expected numbers and nesting of a sane size")
    else:
        return references.resolve(table, place, path.parent)
    return None


def read_tenants(
    table: Mapping[str, object], path: Path, references: References, place: FilePlace
) -> list[tuple[object, FilePlace]]:
    """Collect the `[[tenants]]` tables of `path` and of its `tenants_dir`."""
    tenants = _places(table, place)
    folder = table.get("tenants_dir")
    if not isinstance(folder, str) or not folder:
        return tenants
    where = path.parent / folder
    if not where.is_dir():
        place.key("tenants_dir").report("expected a folder")
        return tenants
    for inner_path in sorted(where.glob("*.toml")):
        if inner_path.name.startswith("."):  # an editor's, or another system's
            continue
        inner_place = place.file(f"{folder.rstrip('/')}/{inner_path.name}")
        inner = read_table(inner_path, references, inner_place)
        if inner is not None and to_struct(TenantFile, inner, inner_place):
            tenants += _places(inner, inner_place)
    return tenants


def _places(
    table: Mapping[str, object], place: FilePlace
) -> list[tuple[object, FilePlace]]:
    tenants = table.get("tenants")
    if not isinstance(tenants, list):
        return []
    place = place.key("tenants")
    return [(tenant, place.index(index)) for index, tenant in enumerate(tenants)]


def _report_syntax(message: str, place: FilePlace) -> None:
    expected, _, where = message.rpartition(" (at ")
    place.line(where.removesuffix(")")).report(f"expected TOML: {expected}")
