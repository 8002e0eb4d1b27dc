"""How many times a JPEG goes over its picture.

Each scan of a progressive one is work for every pixel again, and takes a dozen bytes.
"""

import re

_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
"""Those with a length, and the end: within what is encoded, 0xFF precedes no such byte."""
_SCAN = 0xDA
_END = 0xD9


def count_scans(content: bytes, most: int) -> int:
    """Count the scans up to the end marker, but not those of thumbnails inside segments.

    It is given up at more than `most`.
    """
    count, at = 0, 0
    while count <= most and (found := _MARKER.search(content, at)):
        marker, at = found[1][0], found.end()
        if marker == _END:
            break
        count += marker == _SCAN
        at += int.from_bytes(content[at : at + 2], "big")
    return count
