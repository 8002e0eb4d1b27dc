"""Pictures with a colour profile of their own, in sRGB as browsers show them."""

import io

from PIL import Image, ImageCms

_SRGB = ImageCms.createProfile("sRGB")
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""The mode of a picture by its profile's colour space (ICC.1, 7.2.6)."""


def to_mode(picture: Image.Image, mode: str) -> Image.Image:
    """Return a picture in a mode of eight bits; one in it already is not copied."""
    if picture.mode == mode:
        return picture
    if picture.mode.startswith("I;16"):  # which Pillow would cut off at 255
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert(mode)


def keeps_inks(picture: Image.Image) -> bool:
    """Return whether a picture's own colours are to be kept until `to_srgb`."""
    return picture.mode == "CMYK" and bool(picture.info.get("icc_profile"))


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in sRGB, with the transparency that it has.

    A profile that cannot be read says nothing.
    """
    plain = picture if picture.mode in {"RGB", "RGBA"} else picture.convert("RGB")
    if not profile:
        return plain
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _SPACES.get(source.profile.xcolor_space.strip())
        if mode is None or (mode == "CMYK") != (picture.mode == "CMYK"):
            return plain
        shown = ImageCms.profileToProfile(
            picture.convert(mode),
            source,
            _SRGB,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return plain
    if shown is None:
        return plain
    if plain.mode == "RGBA":
        shown.putalpha(plain.getchannel("A"))
    return shown
