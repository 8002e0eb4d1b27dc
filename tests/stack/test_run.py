"""`run`, and the client's operations and jobs, over a real gateway and avatar's sandbox."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gateway.client import GatewayError, InvalidParameterError, NotFoundError
from gateway.settings import hash_key
from providers.avatar.examples import IMAGE_TASK, VIDEO_TASK
from tests.client.shells import SHELLS, opening
from tests.stack.gateways import KEY, Gateway, document, serve, tell, write
from tests.stack.processes import Commands, Ended, starting_commands
from tests.stack.terminals import pipe, show
from tests.stack.test_client import README, write_example

SCOPES = [
    *("gallery:read", "account:read", "account:write", "jobs:write", "catalog:write")
]
OWN_KEY = "s3cret-key-of-an-account"
Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def shared_gateway(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    avatar = {"avatar": running_sandboxes["avatar"]}
    whole = document(avatar, limits={"requests_per_minute": 1_000_000})
    keys = whole["tenants"][0]["keys"]
    keys[0]["scopes"] = SCOPES
    keys.append({"name": "own", "hash": hash_key(OWN_KEY), "scopes": ["account:read"]})
    with starting_commands(folder) as commands:
        yield serve(commands, write(folder, whole))


@pytest.fixture
def gateway(shared_gateway: Gateway, sandboxes: dict[str, str]) -> Gateway:
    return shared_gateway


@pytest.fixture
def run(commands: Commands, gateway: Gateway) -> Run:
    told = {"GALLERY_KEY": KEY, "GALLERY_URL": gateway.address}
    return lambda *words: commands.run("run", "avatar", *words, environment=told)


@pytest.fixture(params=SHELLS)
def gallery(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[Any]:
    with opening(request.param, gateway.address, KEY) as gallery:
        yield gallery


@pytest.fixture
def task(tmp_path: Path) -> Path:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(IMAGE_TASK), encoding="utf-8")
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 96), "teal").save(path)
    return path


def is_jpeg(path: Path) -> bool:
    return path.read_bytes().startswith(b"\xff\xd8\xff")


def test_an_answer_is_printed_as_json(run: Run) -> None:
    ended = run("get_user_info")

    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["full_name"]
    assert len(ended.out.splitlines()) == 1


def test_a_key_that_may_not_read_the_gallery_carries_out_what_it_may(
    run: Run,
) -> None:
    ended = run("get_user_info", "--key", OWN_KEY)
    refused = run("generate", "--key", OWN_KEY)

    assert (ended.code, ended.err) == (0, "")
    assert (refused.code, refused.out) == (1, "")
    assert "jobs:write" in refused.err


def test_a_picture_goes_out_and_comes_back(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    sent = run("upload_avatar", "--input", photo)
    stored = run("get_avatar", "--output", tmp_path / "back.jpg")

    assert (sent.code, stored.code, stored.out) == (0, 0, "")
    assert is_jpeg(tmp_path / "back.jpg")


def test_a_job_is_followed_and_its_picture_stored(
    run: Run, gateway: Gateway, task: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.jpg"

    ended = run("generate", "--input", task, "--output", picture)

    job = json.loads(ended.out)
    assert (ended.code, job["status"]) == (0, "succeeded"), ended.err
    item = gateway.get(f"/v1/gallery/{job['item_ids'][0]}").json()
    assert picture.read_bytes() == gateway.get(item["cover"]["url"]).content
    assert "processing" in ended.err or "queued" in ended.err


def test_a_job_that_was_sent_is_followed_by_its_id(
    run: Run, gateway: Gateway, task: Path
) -> None:
    sent = json.loads(run("generate", "--input", task).out)
    followed = run(sent["id"], "--wait")

    assert sent["status"] == "queued"
    assert json.loads(followed.out)["status"] == "succeeded"


def test_a_body_may_come_from_a_pipe(gateway: Gateway, task: Path) -> None:
    told = {"GALLERY_KEY": KEY, "GALLERY_URL": gateway.address}

    ended = pipe(f"gallery run avatar generate --input - < {task}", **told)

    assert json.loads(ended.stdout)["operation"] == "generate"


def test_a_wait_has_an_end(run: Run, sandboxes: dict[str, str], task: Path) -> None:
    tell(sandboxes["avatar"], "tasks/hold")

    ended = run("generate", "--input", task, "--wait", "--timeout", "1")

    tell(sandboxes["avatar"], "tasks/release")
    assert ended.code == 1
    assert "after" in ended.err
    assert "Traceback" not in ended.err


def test_faults_of_a_body_are_told_by_pointers(run: Run, tmp_path: Path) -> None:
    body = tmp_path / "bad.json"
    body.write_text(json.dumps({**IMAGE_TASK, "user_details": {"skin_tone": "x"}}))

    ended = run("generate", "--input", body)

    assert (ended.code, ended.out) == (1, "")
    assert "/user_details/skin_tone" in ended.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("dance",), 1),
        (("job_forged", "--wait"), 1),
        (("generate", "--input", "/nowhere/at/all"), 2),
        ((), 2),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(run: Run, words: tuple[str, ...], code: int) -> None:
    ended = run(*words)

    assert (ended.code, ended.out) == (code, "")
    assert ended.err
    assert "Traceback" not in ended.err


def test_a_file_is_not_poured_over_a_terminal(
    run: Run, gateway: Gateway, photo: Path
) -> None:
    run("upload_avatar", "--input", photo)

    told = ("--url", gateway.address, "--key", KEY)
    shown = show("run", "avatar", "get_avatar", *told)

    assert shown.code == 1
    assert "--output FILE" in shown.text


def test_a_terminal_shows_json_in_lines(gateway: Gateway) -> None:
    told = ("--url", gateway.address, "--key", KEY)

    shown = show("run", "avatar", "get_user_info", *told)

    assert len(shown.text.splitlines()) > 3
    assert json.loads(shown.text)["full_name"]


def test_the_readmes_job_ends_in_a_picture(
    gateway: Gateway, task: Path, tmp_path: Path
) -> None:
    script = write_example("job", tmp_path)
    (tmp_path / "made").mkdir()

    ended = subprocess.run(  # noqa: S603
        [sys.executable, script, task, tmp_path / "made"],
        env={"GALLERY_URL": gateway.address, "GALLERY_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    (made,) = (tmp_path / "made").iterdir()
    assert is_jpeg(made)


def test_the_readmes_commands_are_commands(
    gateway: Gateway, task: Path, tmp_path: Path
) -> None:
    """All but what goes on without an end, or for a minute; up to another's pipe."""
    section = README.read_text(encoding="utf-8").partition("## In a terminal")[2]
    lines = [
        line.partition("#")[0].partition("|")[0].strip()
        for line in section.partition("```sh\n")[2].partition("```")[0].splitlines()
        if "--watch" not in line and "verify" not in line
    ]
    told = {"GALLERY_KEY": KEY, "GALLERY_URL": gateway.address}
    sent = json.loads(
        pipe(f"gallery run avatar generate --input {task}", **told).stdout
    )

    for line in lines:
        script = line.replace("gallery-gateway", "gallery").replace("job_…", sent["id"])
        ended = pipe(f"cd {tmp_path} && {script}", **told)
        assert (ended.returncode, bool(ended.stdout)) == (0, True), (line, ended)

    assert len(lines) == 5
    assert {path.name for path in tmp_path.iterdir()} >= {"pictures", "picture.jpg"}


@pytest.mark.parametrize("operation", ["generate", "generate_video"])
def test_a_client_follows_a_job_to_its_items(gallery, operation: str) -> None:
    body = IMAGE_TASK if operation == "generate" else VIDEO_TASK
    handle = gallery.submit("avatar", operation, body)
    same = gallery.job(handle.id)

    job = handle.wait(60)

    assert (job.status, same.id) == ("succeeded", handle.id)
    assert gallery.item(handle.item_ids[0]).id == handle.item_ids[0]
    assert handle.id in {one.id for one in gallery.jobs(status="succeeded")}
    assert gallery.page(limit=1).items[0].id in job.item_ids


def test_a_client_sends_a_job_once_with_one_key(gallery, sandboxes) -> None:
    key = f"key-{id(gallery)}"
    first = gallery.submit("avatar", "generate", IMAGE_TASK, idempotency_key=key)
    again = gallery.submit("avatar", "generate", IMAGE_TASK, idempotency_key=key)

    with pytest.raises(GatewayError) as caught:
        gallery.submit("avatar", "generate_video", VIDEO_TASK, idempotency_key=key)

    assert first.job.created_at == again.job.created_at
    assert caught.value.code == "idempotency-mismatch"


def test_a_client_carries_operations_out(gallery, photo: Path) -> None:
    operations = {one.name: one for one in gallery.provider("avatar").operations}
    gallery.call("avatar", "upload_avatar", photo.read_bytes())
    gallery.call("avatar", "update_user_details", {"hair_style": "12"})

    assert gallery.call("avatar", "get_avatar").startswith(b"\xff\xd8\xff")
    assert gallery.call("avatar", "get_user_details")["hair_style"] == "12"
    assert operations["generate"].makes == "job"
    assert operations["get_avatar"].method == "GET"


def test_a_client_is_told_what_is_wrong(gallery) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        gallery.submit("avatar", "generate", {"user_details": {"skin_tone": "x"}})
    with pytest.raises(NotFoundError):
        gallery.job("job_forged")

    pointers = {fault.pointer for fault in caught.value.errors}
    assert "/user_details/skin_tone" in pointers
