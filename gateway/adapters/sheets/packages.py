"""An .xlsx workbook's parts: which sheet is the active one, and where it is kept.

ECMA-376 part 1, 18.2 (workbook), and part 2, 9 (relationships).
"""

import posixpath
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from msgspec import Struct

MOST_BYTES = 2**29
"""More than that no sheet of a hundred thousand rows unpacks to."""
_RELATION = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


class Tab(Struct, frozen=True, kw_only=True):
    """A sheet's place among all, and the name of the part that holds it."""

    place: int
    part: str


def unpacks_to_too_much(book: ZipFile) -> bool:
    """Return whether the archive says that its parts are large beyond any use."""
    return sum(one.file_size for one in book.infolist()) > MOST_BYTES


def find_active(book: ZipFile) -> Tab:
    """Find the sheet that the workbook was saved with in front.

    Raises:
        KeyError, IndexError, ValueError: it says what makes no sense.
        ElementTree.ParseError: nor is it XML.
    """
    workbook = _parse(book, "xl/workbook.xml")
    view = workbook.find("{*}bookViews/{*}workbookView")
    place = 0 if view is None else int(view.get("activeTab", "0"))
    wanted = workbook.findall("{*}sheets/{*}sheet")[place]
    relation = next(wanted.attrib[name] for name in _RELATION if name in wanted.attrib)
    relations = _parse(book, "xl/_rels/workbook.xml.rels")
    targets = {one.attrib["Id"]: one.attrib["Target"] for one in relations}
    target = posixpath.normpath(posixpath.join("/xl", targets[relation]))
    return Tab(place=place, part=target.lstrip("/"))


def _parse(book: ZipFile, name: str) -> ET.Element:
    return ET.fromstring(book.read(name))  # noqa: S314  within a process's bounds
