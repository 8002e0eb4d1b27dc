"""Small files that make a decoder allocate or work by what they claim."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping

import av
from PIL import Image

LARGE = 8_192


def save(picture: Image.Image, form: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name) + content


def endless_samples() -> bytes:
    """An MP4 of some 600 bytes whose sample table claims 40 million samples."""
    count, zeros = 40_000_000, bytes
    avc1 = box(
        b"avc1",
        zeros(6) + struct.pack(">H", 1) + zeros(16) + struct.pack(">HH", 64, 64),
        struct.pack(">II", 72 << 16, 72 << 16) + zeros(4) + struct.pack(">H", 1),
        zeros(32) + struct.pack(">Hh", 24, -1),
        box(b"avcC", bytes.fromhex("0142c00bffe100046742c00b01000268ce")),
    )
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), avc1),
        box(b"stts", struct.pack(">IIII", 0, 1, count, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)),
        box(b"stsz", struct.pack(">III", 0, 1, count)),
        box(b"stco", struct.pack(">III", 0, 1, 48)),
    )
    minf = box(
        b"minf",
        box(b"vmhd", struct.pack(">I", 1) + zeros(8)),
        box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"url ", b"\0\0\0\1"))),
        table,
    )
    handler = box(b"hdlr", zeros(8) + b"vide" + zeros(13))
    media = box(b"mdhd", zeros(12) + struct.pack(">II", 1000, count) + zeros(4))
    track = box(
        b"trak",
        box(
            b"tkhd",
            struct.pack(">I", 7) + zeros(8) + struct.pack(">I", 1) + zeros(60),
            struct.pack(">II", 64 << 16, 64 << 16),
        ),
        box(b"mdia", media, handler, minf),
    )
    movie = box(b"mvhd", zeros(12) + struct.pack(">II", 1000, count) + zeros(80))
    return box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + box(b"moov", movie, track)


def one_huge_tile() -> bytes:
    """A TIFF of 64 x 64 with one tile of 16,000 x 16,000."""
    tile = zlib.compress(bytes(16_000), 9)
    tags = [
        (256, 3, 1, 64),
        (257, 3, 1, 64),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        (322, 4, 1, 16_000),
        (323, 4, 1, 16_000),
        (324, 4, 1, 8),
        (325, 4, 1, len(tile)),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(tile))
    return head + tile + struct.pack("<H", len(tags)) + entries + bytes(4)


def many_scans() -> bytes:
    """A JPEG with a Multi-Picture header, which Pillow calls MPO, of many scans."""
    first = Image.new("RGB", (2_000, 2_000), "red")
    content = save(first, "MPO", save_all=True, append_images=[first.resize((16, 16))])
    scan = content.index(b"\xff\xda")
    begin = content[scan : scan + 2 + int.from_bytes(content[scan + 2 : scan + 4])]
    return content[:scan] + begin * 40_000 + content[scan:]


def larger_than_it_says() -> bytes:
    """An AVIF of a kilobyte that says 64 x 64 and holds 8192 x 8192."""
    content = save(Image.new("RGB", (LARGE, LARGE)), "AVIF", speed=10)
    said = struct.pack(">II", LARGE, LARGE)
    assert said in content
    return content.replace(said, struct.pack(">II", 64, 64))


def larger_than_its_track() -> bytes:
    """A MOV whose track is 64 x 64, and its first frame a PNG of 37 megapixels."""
    made = io.BytesIO()
    with av.open(made, "w", format="mov") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 7_400, 5_000, "rgb24"
        frame = av.VideoFrame(7_400, 5_000, "rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    content = made.getvalue()
    for form in (">HH", ">HxxHxx"):
        said = struct.pack(form, 7_400, 5_000)
        assert said in content
        content = content.replace(said, struct.pack(form, 64, 64))
    return content


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "samples": endless_samples,
    "tile": one_huge_tile,
    "scans": many_scans,
    "frame": larger_than_it_says,
    "track": larger_than_its_track,
}
