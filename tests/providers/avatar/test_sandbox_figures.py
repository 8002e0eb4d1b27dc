"""What of a task's parameters is seen in its picture."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageChops, ImageStat

from providers.avatar.sandbox.figures.builds import to_build
from providers.avatar.sandbox.figures.colours import SKINS, read_colour, to_skin
from providers.avatar.sandbox.figures.drawing import draw_figure
from providers.avatar.sandbox.figures.looks import Look, to_look
from tests.providers.avatar.example import APPAREL, PERSON

WIDTH = 192
texts = st.text(max_size=12)
values = st.one_of(st.integers(), st.floats(), st.none(), texts)
entries = st.lists(
    st.fixed_dictionaries(
        {"key": st.sampled_from(["b_{main}_skinny", "b_{Legs}_Foot Length", "spine"])},
        optional={"value": st.one_of(values, st.dictionaries(texts, values))},
    ),
    max_size=4,
)


def look(**told: Any) -> Look:
    """The document's person; apparel by its own names."""
    apparel = {name: told.pop(name) for name in APPAREL if name in told}
    return to_look({**PERSON, **told}, {**APPAREL, **apparel})


def draw(**told: Any) -> Image.Image:
    return draw_figure(look(**told), WIDTH)


def spread(image: Image.Image) -> int:
    """The width of what is not background in the rows of the arms."""
    ground = Image.new("RGB", image.size, image.getpixel((0, 0)))
    rows = (0, image.height // 5, image.width, image.height // 3)
    box = ImageChops.difference(image, ground).crop(rows).point(to_bright).getbbox()
    assert box is not None
    return box[2] - box[0]


def to_bright(level: int) -> int:
    return 255 if level > 60 else 0


@pytest.mark.parametrize(
    ("told", "colour"),
    [
        ("6B4F30FF", (0x6B, 0x4F, 0x30)),
        ("#008000 ", (0, 128, 0)),
        ("Black", (0, 0, 0)),
        ("Light Blue", (173, 216, 230)),
    ],
)
def test_a_colour_is_read_in_digits_or_by_its_name(
    told: str, colour: tuple[int, int, int]
) -> None:
    assert read_colour(told) == colour


def test_unknown_names_are_colours_of_their_own() -> None:
    assert read_colour("Petrol") == read_colour(" petrol")
    assert read_colour("Petrol") != read_colour("Mauve mist")


def test_a_skin_beyond_the_last_tone_is_the_last_one() -> None:
    assert [to_skin(tone) for tone in (-4, 0, 5, 10**30)] == [
        SKINS[0],
        SKINS[0],
        SKINS[-1],
        SKINS[-1],
    ]


def test_the_background_and_the_garment_have_the_colours_asked_for() -> None:
    image = draw(background_color_hex="1020F0FF", color="Red")

    chest = (image.width // 2, round(image.height * 0.36))
    assert image.getpixel((2, 2)) == (0x10, 0x20, 0xF0)
    assert image.getpixel(chest) == (255, 0, 0)


def test_two_colours_of_a_garment_change_the_garment_and_nothing_else() -> None:
    red, blue = draw(color="Red"), draw(color="Blue")

    box = ImageChops.difference(red, blue).getbbox()
    change = ImageStat.Stat(ImageChops.difference(red, blue)).mean
    assert box is not None
    assert box[1] > red.height * 0.15
    assert box[3] < red.height * 0.7
    assert max(change) > 10


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("face_shape", "round"),
        ("skin_tone", 5),
        ("pose", "A-Pose"),
        ("pose", "Walking"),
        ("hairstyle", "3"),
        ("hairstyle", "braids"),
        ("hair_color", "FFFFFF"),
        ("camera_view", "Back"),
        ("camera_view", "Left"),
        ("camera_view", "Face"),
        ("expression", "Smile"),
        ("background_color_hex", "00FF00FF"),
        ("gender", "Male"),
        ("item_id", "Coat"),
        ("item_id", "Shorts"),
        ("color", "Teal"),
        ("size", "XXL"),
        ("body_dimension_lengths", [{"key": "spine", "value": {"y": 1.0}}]),
    ],
)
def test_each_parameter_is_seen(name: str, told: object) -> None:
    usual, other = draw(), draw(**{name: told})

    assert ImageChops.difference(usual, other).getbbox() is not None
    assert look().key != look(**{name: told}).key


@pytest.mark.parametrize(
    "dimension", [entry["key"] for entry in PERSON["body_dimensions"]]
)
def test_each_dimension_of_the_document_is_seen(dimension: str) -> None:
    usual = draw(body_dimensions=[])
    other = draw(body_dimensions=[{"key": dimension, "value": 1}])

    assert ImageChops.difference(usual, other).getbbox() is not None


def test_arms_are_out_in_a_t_half_in_an_a_and_down_in_an_i() -> None:
    poses = [draw(pose=pose) for pose in ("I-Pose", "A-Pose", "T-Pose")]

    widths = [spread(image) for image in poses]
    assert widths[0] < widths[1] * 0.8
    assert widths[1] < widths[2] * 0.9


@pytest.mark.parametrize("style", [str(number) for number in range(8)])
def test_no_two_hairstyles_are_the_same(style: str) -> None:
    others = [str(number) for number in range(8) if str(number) != style]

    own = draw(hairstyle=style)

    assert all(draw(hairstyle=one).tobytes() != own.tobytes() for one in others)


@pytest.mark.parametrize("view", ["Front", "Left", "Back", "Face"])
def test_a_figure_is_the_same_each_time_and_at_each_size(view: str) -> None:
    large, small = draw_figure(look(camera_view=view)), draw(camera_view=view)

    again = draw_figure(look(camera_view=view))
    change = ImageChops.difference(large.resize(small.size), small)
    assert large.tobytes() == again.tobytes()
    assert max(ImageStat.Stat(change).mean) < 4


def test_a_dimension_that_is_no_number_counts_as_none() -> None:
    odd = ["", None, [], {}]
    told = [{"key": "b_{main}_skinny", "value": value} for value in odd]

    assert to_build([*told, {"value": 1}, {"key": 5}], []) == to_build([], [])


@settings(max_examples=60, deadline=None)
@given(
    person=st.fixed_dictionaries(
        {
            name: st.one_of(texts, st.just(told))
            for name, told in PERSON.items()
            if isinstance(told, str)
        }
    ),
    tone=st.integers(),
    dimensions=entries,
    apparel=st.fixed_dictionaries({name: st.none() | texts for name in APPAREL}),
    width=st.integers(1, 40),
)
def test_whatever_is_asked_for_is_drawn(
    person: dict[str, Any],
    tone: int,
    dimensions: list[object],
    apparel: dict[str, Any],
    width: int,
) -> None:
    told = {**PERSON, **person, "skin_tone": tone}
    told |= {"body_dimensions": dimensions, "body_dimension_lengths": dimensions}

    image = draw_figure(to_look(told, apparel), width)

    assert image.width == width
