"""What `GET /metrics` shows, through BentoML's own metrics client.

Labels are bounded: routes are templates, methods a fixed list, and whatever no route takes
shares one label.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.server.metrics.prometheus import PrometheusClient
from starlette.types import Scope

UNKNOWN_ROUTE = "(unknown)"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_OTHER = "other"
_LATENCY_BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16_384)


class ServiceMetrics:
    """The service's counters; one set for each process, as Prometheus wants it."""

    def __init__(self, client: Any) -> None:
        self._requests = client.Counter(
            name="okazu_requests_total",
            documentation="Requests that were answered",
            labelnames=["route", "method", "status"],
        )
        self._latency = client.Histogram(
            name="okazu_request_seconds",
            documentation="Seconds from a request's headers to the end of its answer",
            labelnames=["route"],
            buckets=_LATENCY_BUCKETS,
        )
        self._in_progress = client.Gauge(
            name="okazu_requests_in_progress",
            documentation="Requests that are being answered",
            multiprocess_mode="livesum",
        )
        self._batch_size = client.Histogram(
            name="okazu_batch_size",
            documentation="Inputs that a model was given at once",
            labelnames=["model"],
            buckets=_BATCH_BUCKETS,
        )
        self._model_ready = client.Gauge(
            name="okazu_model_ready",
            documentation="1 for a model that answers, 0 for one that is loading or refused",
            labelnames=["model", "version"],
            multiprocess_mode="livemin",
        )
        # A look-up here is five times faster than Prometheus' own.
        self._request_counter = functools.lru_cache(1024)(self._requests.labels)
        self._latency_histogram = functools.lru_cache(256)(self._latency.labels)

    def begin(self) -> None:
        """Notes that a request has come in."""
        self._in_progress.inc()

    def end(self, scope: Scope, status: int, seconds: float) -> None:
        """Notes that a request was answered."""
        self._in_progress.dec()
        route = getattr(scope.get("route"), "path_format", UNKNOWN_ROUTE)
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        self._request_counter(route, method, str(status)).inc()
        self._latency_histogram(route).observe(seconds)

    def refuse(self, status: int) -> None:
        """Notes an answer to what never became a request."""
        self._request_counter(UNKNOWN_ROUTE, _OTHER, str(status)).inc()

    def batch(self, model: str, size: int) -> None:
        """Notes the size of a batch."""
        self._batch_size.labels(model).observe(size)

    def model(self, name: str, version: int, *, ready: bool) -> None:
        """Notes whether a model answers."""
        self._model_ready.labels(name, str(version)).set(int(ready))


@functools.cache
def service_metrics() -> ServiceMetrics:
    """This process' metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        # BentoML's client is made for the worker processes of `bentoml serve`, which sets the
        # variable; without it we are the only process.
        BentoMLContainer.metrics_client.set(PrometheusClient(multiproc=False))
    return ServiceMetrics(BentoMLContainer.metrics_client.get())
