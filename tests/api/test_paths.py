"""A link's token is in no log line and no problem, however its path is spelt."""

import pytest

from gateway.api.paths import to_plain, to_shown
from tests.api.world import World

TOKEN = "Ab_01km3cbqpSxgruTOKEN"  # noqa: S105  # a link's
LONG = "Q" * 20 + TOKEN * 2


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
        f"/v1/media;a/{TOKEN}/x.jpg",
        f"/v1/media%20/{TOKEN}/x.jpg",
        f"/v1/medias/{TOKEN}",
        f"/v1/midea/{LONG}/x.jpg",
        f"/v1/{LONG}",
        f"/{LONG}.jpg",
        f"/v1/media={LONG}",
        f"/v1/jobs/job_{LONG}",
    ],
)
def test_a_token_is_not_shown(
    world: World, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = world.gateway.get(path)

    assert answer.status_code in {401, 403, 404}
    told = capsys.readouterr().out
    for token in (TOKEN, LONG):
        assert token not in answer.text
        assert token not in told


def test_other_paths_are_shown_as_they_are() -> None:
    for path in (
        "/v1/gallery/avatar:1738860389536/assets/0",
        "/v1/gallery/hyper3d:0b9b5c5e-7a0e-4f0b-9a53-0c5c0f8a2f11/assets/0.0.1.in12",
    ):
        assert to_shown(path) == path
    path = "/v1/gallery/avatar:1738860389536"
    assert to_plain(path) == path
    assert to_plain("//v1///gallery//") == "/v1/gallery/"
