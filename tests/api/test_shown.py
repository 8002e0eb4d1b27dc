"""A link's token is in no log line and no problem, however its path is spelt."""

import pytest

from gateway.api.shown import to_plain, to_shown
from tests.api.world import World

TOKEN = "Ab_01km3cbqpSxgruTOKEN"  # noqa: S105  # a link's


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/media/{TOKEN}/x.jpg",
        f"/v1/media/{TOKEN}",
        f"/gw/v1/media/{TOKEN}/x.jpg",
        f"/V1/Media/{TOKEN}/x.jpg",
        f"/v1/./media/{TOKEN}/x.jpg",
        f"/v1/gallery/../media/{TOKEN}/x.jpg",
        f"//v1//media//{TOKEN}//x.jpg",
        f"/v1/%6dedia/{TOKEN}/x.jpg",
    ],
)
def test_a_token_is_not_shown(
    world: World, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = world.gateway.get(path)

    assert answer.status_code in {403, 404}
    assert TOKEN not in answer.text
    assert TOKEN not in capsys.readouterr().out


def test_other_paths_are_shown_as_they_are() -> None:
    path = "/v1/gallery/avatar:1738860389536/assets/0"

    assert to_shown(path) == path
    assert to_plain(path) == path
    assert to_plain("//v1///gallery//") == "/v1/gallery/"
