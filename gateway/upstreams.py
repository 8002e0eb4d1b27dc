"""What calls each configured provider's upstream, and what fetches its media."""

from opentelemetry.trace import Tracer

from gateway.accounts.breakers import BreakerLimits
from gateway.accounts.pace import Pace
from gateway.adapters.files.fetch import Fetch, Fetching
from gateway.adapters.http.calling import tracing, watching
from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.gallery.gallery import Source
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch
from gateway.ports.stores import Stores
from gateway.settings import ProviderSettings, Settings


class Upstreams:
    """The providers in the configuration's order; nothing is connected to before use.

    `fetches` and `breaker_limits` are by the provider's name.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        clock: Clock,
        watch: Watch,
        tracer: Tracer,
    ) -> None:
        self._patience_seconds = settings.gallery.patience_seconds
        self._stores = stores
        self._clock = clock
        self._watch = watch
        self._tracer = tracer
        self._clients = {one.name: self._to_client(one) for one in settings.providers}
        self.sources = tuple(
            Source(
                name=one.name,
                plugin=one.plugin,
                provider=one.plugin.create(one.name, one.own, self._clients[one.name]),
            )
            for one in settings.providers
        )
        self.fetches = {one.name: self._to_fetch(one) for one in settings.providers}
        self.breaker_limits = {
            one.name: BreakerLimits(
                failures=one.upstream.breaker_failures,
                seconds=one.upstream.breaker_seconds,
            )
            for one in settings.providers
        }

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        for fetch in self.fetches.values():
            await fetch.aclose()

    def _to_client(self, provider: ProviderSettings) -> Upstream:
        given = provider.upstream
        limits = ResponseLimits(
            timeout_seconds=given.timeout_seconds,
            max_concurrency=given.max_concurrency,
            retry_seconds=self._patience_seconds,
        )
        pace = None
        if given.requests_per_second:
            pace = Pace(
                provider.name,
                self._stores,
                self._clock,
                per_second=given.requests_per_second,
                most_seconds=self._patience_seconds,
            ).wait
        calling = watching(
            provider.name, self._watch, tracing(provider.name, self._tracer)
        )
        return Upstream(
            given.base_url, limits, self._clock, pace, calling, ca_file=given.ca_file
        )

    def _to_fetch(self, provider: ProviderSettings) -> Fetch:
        given = provider.upstream
        return Fetch(
            Fetching(
                base_url=given.base_url,
                media_hosts=given.media_hosts,
                allow_private_addresses=given.allow_private_addresses,
                timeout_seconds=given.timeout_seconds,
                ca_file=given.ca_file,
            ),
            around=tracing(provider.name, self._tracer),
        )
