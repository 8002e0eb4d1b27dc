"""The ten steps that avatar's document shows, through the gateway."""

from io import BytesIO

from PIL import Image

from tests.api.world import NEWCOMER, World
from tests.providers.avatar import example


def test_the_documents_example_runs_as_printed(own_world: World) -> None:
    """The gateway logs in by itself: the second step is none for its callers."""
    own = '"email": "newcomer@example.com"'
    register = example.REGISTER_BODY.replace('"email": "string"', own)
    photo = BytesIO()
    Image.new("RGB", (300, 400), "teal").save(photo, "JPEG")

    sent = {
        operation: own_world.operate(operation, content=content, key=NEWCOMER)
        for operation, content in {
            "register": register.encode(),
            "update_user_details": example.DETAILS_BODY.encode(),
            "upload_avatar": photo.getvalue(),
            "generate": example.GENERATE_BODY.encode(),
        }.items()
    }
    job = sent["generate"].json()
    own_world.tell("avatar", "finish")
    done = own_world.get(f"/v1/jobs/{job['id']}", key=NEWCOMER).json()
    (item,) = own_world.page(key=NEWCOMER)["items"]
    picture = own_world.gateway.get(item["cover"]["url"])

    codes = {name: answer.status_code for name, answer in sent.items()}
    assert codes == {**dict.fromkeys(codes, 200), "generate": 202}
    assert (done["status"], done["item_ids"]) == ("succeeded", [item["id"]])
    assert item["id"] == f"avatar:{item['job_id']}"
    assert Image.open(BytesIO(picture.content)).format == "JPEG"
