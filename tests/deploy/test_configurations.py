"""The two configurations that compose.yaml chooses from, and what nginx knows of them."""

import re
import shutil
from pathlib import Path

import pytest

from gateway.adapters.plugins import find_plugins
from gateway.plugin.errors import SettingsError
from gateway.settings import Settings, hash_key, load

DEPLOY = Path(__file__).parents[2] / "deploy"
ENVIRONMENT = {"TRUSTED_PROXY": "10.213.47.10"}
SECRETS = {
    "signing_key": "s3cret-signing-key-of-32-bytes-or-more",
    "acme_key_hash": hash_key("s3cret"),
    "hyper3d_email": "acme@example.com",
    "hyper3d_password": "s3cret-password",
    "avatar_email": "acme@example.com",
    "piktid_token": "s3cret-token",
}


@pytest.fixture
def production(tmp_path: Path) -> Path:
    """The folder as an operator has it: with the secrets in files."""
    folder = tmp_path / "production"
    shutil.copytree(DEPLOY / "production", folder, ignore=lambda *_: ["secrets"])
    (folder / "secrets").mkdir()
    for name, text in SECRETS.items():
        (folder / "secrets" / name).write_text(f"{text}\n", encoding="utf-8")
    return folder


def load_in(folder: Path) -> Settings:
    return load(folder / "gateway.toml", find_plugins(), ENVIRONMENT)


def test_production_takes_its_secrets_from_files(production: Path) -> None:
    settings = load_in(production)

    assert settings.secrets.signing_keys == (SECRETS["signing_key"],)
    assert settings.server.anonymous_tenant == ""
    (tenant,) = settings.tenants
    assert set(tenant.credentials) == {"hyper3d", "avatar", "piktid"}
    assert not any(one.upstream.allow_private_addresses for one in settings.providers)


def test_production_names_each_secret_that_is_not_there(production: Path) -> None:
    shutil.rmtree(production / "secrets")

    with pytest.raises(SettingsError) as caught:
        load_in(production)

    told = "\n".join(fault.message for fault in caught.value.faults)
    assert set(re.findall(r"secrets/(\w+)", told)) == set(SECRETS)


def test_the_sandboxes_configuration_needs_no_secret_and_holds_none() -> None:
    settings = load_in(DEPLOY / "sandbox")

    (key,) = settings.secrets.signing_keys
    assert len(key) >= 32
    assert key not in (DEPLOY / "sandbox" / "gateway.toml").read_text("utf-8")
    assert settings.server.anonymous_tenant == "demo"


def test_both_listen_where_nginx_and_prometheus_call(production: Path) -> None:
    for folder in (DEPLOY / "sandbox", production):
        settings = load_in(folder)

        assert settings.server.host == "0.0.0.0"  # noqa: S104
        assert settings.server.port == 8000
        assert settings.server.metrics_port == 9100
        assert settings.redis is not None
        assert settings.redis.url == "redis://:@redis:6379/0"
        assert settings.server.trusted_proxies == ("10.213.47.10/32",)


def test_nginx_waits_longer_and_takes_no_more_than_a_gateway(production: Path) -> None:
    settings = load_in(production)
    nginx = (DEPLOY / "nginx" / "nginx.conf").read_text("utf-8")

    (size,) = re.findall(r"client_max_body_size (\d+)k;", nginx)
    waits = [int(text) for text in re.findall(r"proxy_read_timeout (\d+)s;", nginx)]

    assert int(size) * 1_024 <= settings.limits.body_bytes
    assert min(waits) > max(settings.gallery.deadline_seconds, 30.0)
