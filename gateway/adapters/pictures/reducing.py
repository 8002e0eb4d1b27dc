"""Pictures made smaller tile by tile, so that there is no second one of full size."""

from PIL import Image

from gateway.adapters.pictures.colours import to_mode

_TILE = 512
_GAP = 2.0
"""The last step, which is finer, makes at most so many times smaller, or twice that."""


def reduce(picture: Image.Image, most_pixels: int, mode: str) -> Image.Image:
    """Return what is at least twice as large as wanted, in `mode`: RGB or RGBA."""
    factor = int(max(picture.size) / most_pixels / _GAP)
    factor = min(factor, *picture.size)
    if factor <= 1:
        return to_mode(picture, mode)
    # Colours count by their alpha when they are mixed.
    mixed = "RGBa" if mode == "RGBA" else mode
    width, height = picture.size
    made = Image.new(mixed, (-(-width // factor), -(-height // factor)))
    step = max(1, _TILE // factor) * factor
    for top in range(0, height, step):
        for left in range(0, width, step):
            box = (left, top, min(left + step, width), min(top + step, height))
            tile = to_mode(picture.crop(box), mode).convert(mixed)
            made.paste(tile.reduce(factor), (left // factor, top // factor))
    return made.convert(mode)
