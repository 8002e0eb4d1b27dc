"""What memory a large picture takes to be drawn."""

import subprocess
import sys

import pytest

SCRIPT = """
import io, resource, struct, sys, zlib
from gateway.adapters.pictures.images import draw

def chunk(name, content):
    crc = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + crc

kind, depth = int(sys.argv[1]), int(sys.argv[2])
packer = zlib.compressobj(1)
rows = b"".join(packer.compress(bytes(1 + 10000 * depth)) for _ in range(10000))
content = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(
    b"IHDR", struct.pack(">IIBBBBB", 10000, 10000, 8, kind, 0, 0, 0)
)
if kind == 3:
    content += chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\\x80")
content += chunk(b"IDAT", rows + packer.flush()) + chunk(b"IEND", b"")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
draw(content, 1440)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(("kind", "depth", "most"), [(6, 4, 550), (3, 1, 250)])
def test_a_large_picture_is_held_once(kind: int, depth: int, most: int) -> None:
    command = [sys.executable, "-c", SCRIPT, str(kind), str(depth)]

    told = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # ours

    assert int(told.stdout) * 1024 < most * 10**6
