"""Puts H.264 frames into an MP4 that starts at once: the index before the frames."""

from collections.abc import Sequence
from struct import pack
from typing import Final

from msgspec import Struct

_CLOCK: Final = 1000  # units a second
_UNMOVED: Final = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE: Final = 0x55C4  # none in particular


class Track(Struct, frozen=True, kw_only=True):
    """H.264 units: parameters, and frames of which the first needs no other."""

    size: tuple[int, int]
    sequence: bytes
    picture: bytes
    frames: Sequence[bytes]
    frame_milliseconds: int

    @property
    def duration(self) -> int:
        return len(self.frames) * self.frame_milliseconds * _CLOCK // 1000


def to_mp4(track: Track) -> bytes:
    samples = [_to_sample(frame) for frame in track.frames]
    kind = _box("ftyp", b"isom", pack(">I", 512), b"isomiso2avc1mp41")
    lengths = [len(sample) for sample in samples]
    size = len(kind) + len(_movie(track, lengths, 0)) + 8
    return kind + _movie(track, lengths, size) + _box("mdat", *samples)


def _to_sample(frame: bytes) -> bytes:
    return pack(">I", len(frame)) + frame


def _box(name: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return pack(">I4s", len(content) + 8, name.encode()) + content


def _full(name: str, *parts: bytes, flags: int = 0) -> bytes:
    return _box(name, pack(">I", flags), *parts)


def _movie(track: Track, lengths: Sequence[int], start: int) -> bytes:
    head = pack(">4I", 0, 0, _CLOCK, track.duration)
    rate = pack(">IH10x", 0x10000, 0x100)
    header = _full("mvhd", head, rate, _UNMOVED, bytes(24), pack(">I", 2))
    return _box("moov", header, _track(track, lengths, start))


def _track(track: Track, lengths: Sequence[int], start: int) -> bytes:
    width, height = track.size
    ids = pack(">5I", 0, 0, 1, 0, track.duration)
    shape = pack(">2I", width << 16, height << 16)
    header = _full("tkhd", ids, bytes(16), _UNMOVED, shape, flags=3)
    times = pack(">4I2H", 0, 0, _CLOCK, track.duration, _LANGUAGE, 0)
    handler = _full("hdlr", bytes(4), b"vide", bytes(12), b"\x00")
    place = _box("dinf", _full("dref", pack(">I", 1), _full("url ", flags=1)))
    picture = _full("vmhd", bytes(8), flags=1)
    inner = _box("minf", picture, place, _table(track, lengths, start))
    media = _box("mdia", _full("mdhd", times), handler, inner)
    return _box("trak", header, media)


def _table(track: Track, lengths: Sequence[int], start: int) -> bytes:
    """Where each frame is and how long it is shown."""
    count, unit = len(lengths), track.frame_milliseconds * _CLOCK // 1000
    return _box(
        "stbl",
        _full("stsd", pack(">I", 1), _description(track)),
        _full("stts", pack(">3I", 1, count, unit)),
        _full("stss", pack(">2I", 1, 1)),
        _full("stsc", pack(">4I", 1, 1, count, 1)),
        _full("stsz", pack(f">2I{count}I", 0, count, *lengths)),
        _full("stco", pack(">2I", 1, start)),
    )


def _description(track: Track) -> bytes:
    sequence = pack(">BH", 0xE1, len(track.sequence)) + track.sequence
    picture = pack(">BH", 1, len(track.picture)) + track.picture
    profile = b"\x01" + track.sequence[1:4] + b"\xff"
    config = _box("avcC", profile, sequence, picture)
    shape = pack(">2H2I", *track.size, 0x480000, 0x480000)
    head = pack(">6xH16x", 1)
    tail = pack(">IH32xHh", 0, 1, 24, -1)
    return _box("avc1", head, shape, tail, config)
