"""An avatar service with one long film, which it can only send from its beginning."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import av
from av.video.stream import VideoStream
from PIL import Image

from tests.stack.gateways import Gateway, document, serve, write
from tests.stack.processes import starting_commands
from tests.stack.threaded import serving

ENTRY = "1750000000000"
SECONDS = 40
TURN_SECONDS = 20
"""Red before, blue from then on."""
_SIZE = (640, 360)
_PER_SECOND = 10
_NOISE = 60.0


def make_film(path: Path) -> None:
    """Write a film of some 20 MB whose index is at its end: it must be sought for."""
    grain = [Image.effect_noise(_SIZE, _NOISE) for _ in range(_PER_SECOND)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "24", "g": str(_PER_SECOND)}
        for number in range(SECONDS * _PER_SECOND):
            is_red = number < TURN_SECONDS * _PER_SECOND
            noise, dark = grain[number % len(grain)], Image.new("L", _SIZE, 20)
            bands = (noise, dark, dark) if is_red else (dark, dark, noise)
            frame = av.VideoFrame.from_image(Image.merge("RGB", bands))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@contextmanager
def showing(film: Path) -> Iterator[str]:
    """Serve it; give the address."""
    content = film.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/get_gallery":
                self._send(_to_json(gallery_urls=[{"type": "video", "url": ENTRY}]))
            else:
                self._send(content)

        def do_POST(self) -> None:
            self._send(_to_json(token="anybody"))  # noqa: S106  # opens nothing

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

    with serving(Handler) as address:
        yield address


def _to_json(**told: object) -> bytes:
    return json.dumps(told).encode()


@contextmanager
def running_film_gateway(
    folder: Path, sandboxes: dict[str, str]
) -> Iterator[tuple[Gateway, bytes]]:
    """Run a gateway over the sandboxes and over the film; give that, too."""
    film = folder / "film.mp4"
    make_film(film)
    with showing(film) as address, starting_commands(folder) as commands:
        whole = document(sandboxes)
        whole["providers"]["films"] = {
            "plugin": "avatar",
            "base_url": address,
            "allow_private_addresses": True,
        }
        whole["tenants"][0]["credentials"]["films"] = {"email": "demo@example.com"}
        yield serve(commands, write(folder, whole)), film.read_bytes()
