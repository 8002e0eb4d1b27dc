"""nginx in one process: as an upstream with files, and as the proxy to compare with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import stand
from tests.benchmarks.load import find_program
from tests.tcp_ports import reserve_port

# Every path that Debian's nginx would use by itself is in its own folder.
_SHELL = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {upstream}
  server {{
    listen 127.0.0.1:{port};
    {server}
  }}
}}
"""
# As its documentation advises for an upstream that is kept connected, and with buffers
# that make it half as fast again as its own small ones. Without the last line it writes
# to disk what a caller does not take at once.
_PROXY = """
location / {
  proxy_pass http://behind;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_buffer_size 64k;
  proxy_buffers 16 64k;
  proxy_busy_buffers_size 128k;
  proxy_max_temp_file_size 0;
}
"""


@contextmanager
def serving(
    folder: Path, server: str, *, upstream: str = "", core: int | None = None
) -> Iterator[stand.Running]:
    """Run nginx with what a server's block holds; `folder` becomes its own."""
    folder.mkdir()
    port = reserve_port()
    path = folder / "nginx.conf"
    path.write_text(
        _SHELL.format(folder=folder, port=port, server=server, upstream=upstream)
    )
    command = [find_program("nginx"), "-e", "stderr", "-p", str(folder)]
    with stand.run([*command, "-c", str(path)], port, core=core) as running:
        yield running


@contextmanager
def proxy(
    folder: Path, address: str, core: int | None = None
) -> Iterator[stand.Running]:
    """Run nginx as a proxy to an upstream."""
    host = address.removeprefix("http://")
    upstream = f"upstream behind {{ server {host}; keepalive 64; }}"
    with serving(folder, _PROXY, upstream=upstream, core=core) as running:
        yield running
