import io

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from gateway.media.content.sniff import sniff

KNOWN = {
    b"\x00\x00\x00\x18ftypisom": "video/mp4",
    b"\x00\x00\x00\x18ftypmp42": "video/mp4",
    b"\x00\x00\x00\x18ftypqt  ": "video/quicktime",
    b"\x00\x00\x00\x18ftypavif": "image/avif",
    b"\x00\x00\x00\x18ftypheic": "image/heic",
    b"\x1aE\xdf\xa3\x87B\x82\x84webm": "video/webm",
    b"\x1aE\xdf\xa3\x8bB\x82\x88matroska": "video/matroska",
    b"\x1aE\xdf\xa3\x01" + bytes(6) + b"\x0eB\x82\x01" + bytes(6) + b"\x04webm": "video/webm",
    b"glTF\x02\x00\x00\x00": "model/gltf-binary",
    b"Kaydara FBX Binary  \x00": "application/octet-stream",
    b"ply\nformat binary": "application/octet-stream",
    b"PXR-USDC": "model/vnd.usd",
    b"PK\x03\x04\x0a\x00\x00\x00\x00\x00" + bytes(16) + b"\x06\x00\x00\x00a.usdc": "model/vnd.usdz+zip",
}  # fmt: skip
UNKNOWN = [
    b"",
    b"<svg xmlns='http://www.w3.org/2000/svg'>",
    b"<!doctype html><img>",
    b"\xef\xbb\xbf<html>",
    b"%PDF-1.7",
    b"PK\x03\x04" + bytes(26) + b"word/document.xml",
    b"GIF",
    b"BM not a bitmap at all",
    b"RIFF\x00\x00\x00\x00WAVE",
    b"\x00\x00\x00\x18ftypXXXX",
    b"\x1aE\xdf\xa3\nm=video 5014 RTP/AVP 96",
    b"\x1aE\xdf\xa3\x8bB\x82\x84text, and not webm",
    b"MZ\x90\x00",
    b"\x7fELF",
]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_picture_is_known_by_its_bytes(form: str) -> None:
    made = io.BytesIO()
    Image.new("RGB", (4, 4)).save(made, form)

    found = sniff(made.getvalue())

    assert found is not None
    assert (found.kind, found.media_type) == ("image", f"image/{form.lower()}")


@pytest.mark.parametrize("head", KNOWN)
def test_videos_and_models_are_known_by_their_bytes(head: bytes) -> None:
    found = sniff(head + bytes(64))

    assert found is not None
    assert found.media_type == KNOWN[head]


@pytest.mark.parametrize("head", UNKNOWN)
def test_anything_else_is_nothing(head: bytes) -> None:
    assert sniff(head) is None


@given(st.binary(max_size=600))
def test_any_bytes_are_told_without_a_fault(head: bytes) -> None:
    sniff(head)


def brands(major: bytes, *others: bytes) -> bytes:
    size = 16 + 4 * len(others)
    return size.to_bytes(4, "big") + b"ftyp" + major + bytes(4) + b"".join(others)


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (brands(b"mif1", b"mif1", b"avif", b"miaf"), "image/avif"),
        (brands(b"mif1", b"mif1", b"heic"), "image/heic"),
        (brands(b"mif1"), "image/heic"),
        (brands(b"msf1", b"avis"), "image/avif"),
        (brands(b"avif", b"mif1", b"heic"), "image/avif"),
        (brands(b"cmfc", b"iso6"), "video/mp4"),
        (brands(b"XAVC", b"XAVC", b"mp42"), "video/mp4"),
        (brands(b"3g2a", b"3g2a"), "video/mp4"),
        (brands(b"hvc1", b"isom"), "video/mp4"),
        (brands(b"piff", b"iso2"), "video/mp4"),
        (brands(b"NDSC", b"isom", b"mp42"), "video/mp4"),
        (brands(b"ACME", b"qt  "), "video/quicktime"),
    ],
)
def test_a_file_of_brands_is_known_by_them(head: bytes, media_type: str) -> None:
    found = sniff(head + b"mp42avif" * 4)

    assert found is not None
    assert found.media_type == media_type


@pytest.mark.parametrize(
    "head",
    [brands(b"M4A ", b"mp42", b"isom"), brands(b"ACME", b"none"), brands(b"ACME")],
)
def test_sound_and_unknown_brands_are_nothing(head: bytes) -> None:
    assert sniff(head + b"mp42avif" * 4) is None


def test_a_usdz_whose_first_file_has_a_long_name_is_known() -> None:
    name = b"a" * 200 + b".usdc"
    head = b"PK\x03\x04\x0a\x00\x00\x00\x00\x00" + bytes(16)

    found = sniff(head + len(name).to_bytes(2, "little") + bytes(2) + name)

    assert found is not None
    assert found.suffix == ".usdz"
