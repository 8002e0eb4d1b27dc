"""The viewer where it is really served: under a path behind nginx, from an installed wheel."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import plain
from tests.programs import find_program
from tests.stack.gateways import Gateway
from tests.stack.processes import BOUND_SECONDS, Commands, does_answer, wait_until
from tests.tcp_ports import reserve_port
from tests.web.viewing import viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /team/pictures/ {{
            proxy_set_header Host $http_host;
            proxy_pass {address}/;
        }}
    }}
}}
"""


@contextmanager
def nginx_before(address: str, port: int, folder: Path) -> Iterator[None]:
    program = find_program("nginx")
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(address=address, port=port, folder=folder))
    process = subprocess.Popen(  # noqa: S603
        [program, "-e", "stderr", "-c", path, "-p", folder],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: does_answer(f"http://127.0.0.1:{port}/"), "nginx")
        yield
    finally:
        process.terminate()
        process.wait(BOUND_SECONDS)


def test_it_works_under_a_path_behind_nginx(
    browser: Browser, serving: Callable[..., Gateway], tmp_path: Path
) -> None:
    port = reserve_port()
    public = f"http://127.0.0.1:{port}/team/pictures"
    gateway = serving(server={"anonymous_tenant": "acme", "public_url": public})
    with (
        nginx_before(gateway.address, port, tmp_path),
        viewing(browser, f"http://127.0.0.1:{port}") as view,
    ):
        view.open("team/pictures/?kind=image")
        view.page.locator("[data-item-id] a").first.click()
        view.page.locator("#item-side dl").first.wait_for()

        view.until("document.querySelector('#stage img')?.naturalWidth > 0")
        assert "/team/pictures/?kind=image&item=" in view.page.url


def test_pictures_come_from_the_public_address_where_the_page_is_elsewhere(
    browser: Browser, serving: Callable[..., Gateway], tmp_path: Path
) -> None:
    port = reserve_port()
    public = f"http://127.0.0.1:{port}/team/pictures"
    gateway = serving(server={"anonymous_tenant": "acme", "public_url": public})
    with (
        nginx_before(gateway.address, port, tmp_path),
        viewing(browser, "http://127.0.0.1") as view,
    ):
        view.page.goto(f"{gateway.address}/")
        view.page.locator("[data-item-id]").first.wait_for()

        view.until("document.querySelectorAll('.shot.is-shown').length > 4")


def test_the_wheel_holds_it_and_serves_it(commands: Commands, tmp_path: Path) -> None:
    site, port = tmp_path / "site", str(reserve_port())
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", "-q", "--no-deps", "-w", tmp_path, REPOSITORY)
    (wheel,) = tmp_path.glob("*.whl")
    run(*pip, "install", "-q", "--no-deps", "--target", site, wheel)
    (site / "gateway" / "web" / "icon.svg").write_text("<svg/>")  # to know it by

    demo = commands.start(
        "demo", "--port", port, cwd=tmp_path, environment={"PYTHONPATH": str(site)}
    )
    demo.until(lambda: "Ctrl-C" in demo.out, "the demo's first words")

    address = f"http://127.0.0.1:{port}"
    page = plain.get(f"{address}/").text
    for name in re.findall(r'(?:src|href)="(viewer/[^"]+)"', page):
        assert plain.get(f"{address}/{name}").status_code == 200, name
    assert plain.get(f"{address}/viewer/x/icon.svg").text == "<svg/>"


def run(*command: str | Path, cwd: Path | None = None) -> str:
    ended = subprocess.run(  # noqa: S603  # the commands above
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
