"""Colour profiles, made of their numbers."""

import struct


def to_profile(*primaries: tuple[float, float, float]) -> bytes:
    """Make a matrix profile (ICC.1:2010, 7 to 10) of three primaries, and gamma 2.2."""

    def to_fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)

    def to_xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + to_fixed(*values)

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(2.2 * 256))
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = dict(zip(names, (to_xyz(*one) for one in primaries), strict=True))
    tags |= {b"wtpt": to_xyz(0.9642, 1.0, 0.8249)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, content, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">II", at + len(content), len(tag))
        content += tag
    rest = struct.pack(">I", len(tags)) + table + content
    head = struct.pack(">I4sI4s4s4s", 128 + len(rest), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")  # fmt: skip
    head = head.ljust(36, b"\0") + b"acsp"
    return head.ljust(68, b"\0") + to_fixed(0.9642, 1.0, 0.8249) + bytes(48) + rest


P3 = to_profile(
    (0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)
)
"""Display P3's primaries, as ICC profiles have them (adapted to D50)."""
