"""The ASGI application: BentoML's, with our layers in the place of its own.

BentoML builds an application from a service in `Service.to_asgi`, which `bentoml serve`, a built
bento and `okazu serve` all call; `OkazuService` overrides it, so all three serve the same thing.
What is kept of BentoML: its routes, its client's schema, its life cycle, its metrics client,
CORS, and tracing where that is configured.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from pathlib import Path
from typing import Any

from _bentoml_impl.server.app import ServiceAppFactory
from _bentoml_sdk import Service
from bentoml._internal.configuration.containers import BentoMLContainer
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp
from uvicorn.config import HTTP_PROTOCOLS

from models.errors import OkazuError
from models.tasks import task_module, task_names
from service.http.errors import (
    REQUEST_ID,
    DeadlineExceeded,
    ModelRefused,
    ModelUnavailable,
    Overloaded,
    describe,
    error_response,
)
from service.http.guard import Guard
from service.http.metrics import service_metrics
from service.http.openapi import openapi_document
from service.serving.registry import ModelRegistry
from service.settings import ServiceSettings
from service.tasks.translation.languages import list_languages
from service.tasks.translation.predictor import Translator

logger = logging.getLogger("okazu.requests")

_WEB = Path(__file__).parent / "web"

# What the guard, the deadline and the limits below do instead. The first labels its metrics with
# raw paths; the context is for endpoints that ask for BentoML's, and ours do not.
_REPLACED = (
    "RunnerTrafficMetricsMiddleware",
    "AccessLogMiddleware",
    "TimeoutMiddleware",
    "MaxConcurrencyMiddleware",
    "ContextMiddleware",
)
_TRACING = "OpenTelemetryMiddleware"  # a quarter of the time of a small request


class OkazuService(Service[Any]):  # type: ignore[misc]
    """A BentoML service with settings, a model registry and our application around it."""

    _settings: ServiceSettings | None = None
    _registry: ModelRegistry | None = None

    @property
    def settings(self) -> ServiceSettings:
        """Read when first asked for, unless they were set."""
        if self._settings is None:
            self._settings = ServiceSettings.read()
        return self._settings

    @settings.setter
    def settings(self, settings: ServiceSettings) -> None:
        self._settings = settings

    @property
    def registry(self) -> ModelRegistry:
        """The models of the application that was built last."""
        if self._registry is None:
            self._registry = ModelRegistry(self.settings, service_metrics())
        return self._registry

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Builds the application; BentoML calls this in each of its workers."""
        self.inject_config()
        # An inference thread that has finished waits this long for the interpreter while the event
        # loop is busy; Python's 5 ms are longer than the inference.
        sys.setswitchinterval(0.0005)
        metrics = service_metrics()
        # What `bentoml serve` asks uvicorn for.
        HTTP_PROTOCOLS["auto"] = "service.http.protocol:GuardedProtocol"
        self._registry = ModelRegistry(self.settings, metrics)
        app = OkazuAppFactory(self, is_main=is_main)()
        return Guard(app, self.settings, metrics)


class OkazuAppFactory(ServiceAppFactory):  # type: ignore[misc]
    """Builds the Starlette application of an `OkazuService`."""

    service: OkazuService

    def __init__(self, service: OkazuService, is_main: bool) -> None:
        super().__init__(service, is_main=is_main)
        self.settings = service.settings
        self.registry = service.registry
        self._in_progress = 0

    def __call__(self) -> Starlette:
        app: Starlette = super().__call__()
        # It would send clients to an absolute address that is made of what they say in `Host`.
        app.router.redirect_slashes = False
        app.add_exception_handler(HTTPException, self._answer_error)
        app.add_exception_handler(OkazuError, self._answer_error)
        return app

    @property
    def middlewares(self) -> list[Middleware]:
        """BentoML's, without those whose work is done elsewhere."""
        traced = BentoMLContainer.tracing.exporter_type.get() is not None
        dropped = _REPLACED if traced else (*_REPLACED, _TRACING)
        return [one for one in super().middlewares if one.cls.__name__ not in dropped]

    @property
    def routes(self) -> list[BaseRoute]:
        """BentoML's, and ours."""
        return [
            *super().routes,
            Route("/languages", self.list_languages),
            Route("/models", self.list_models),
            Route("/models/{reference:path}", self.show_model),
            Route("/openapi.json", self.openapi_spec_view),
            Route("/docs", self.docs_page),
        ]

    async def api_endpoint_wrapper(self, name: str, request: Request) -> Response:
        """Answers one inference request, within the limits of number and time.

        Takes the place of BentoML's own way from a request to an endpoint, which reads a body by
        its Content-Type, fetches addresses, and has errors of its own. Our endpoints take what
        their input spec read from the request, and return a response.
        """
        try:
            # Read before it counts as one in progress: an upload that stalls holds nobody up.
            await request.body()
            if self._in_progress >= self.settings.max_concurrency:
                raise Overloaded(
                    f"{self._in_progress} requests are in progress, the limit is"
                    f" {self.settings.max_concurrency}; try again later"
                )
            self._in_progress += 1
            try:
                return await self._call(name, request)
            finally:
                self._in_progress -= 1
        except Exception as error:
            return await self._answer_error(request, error)

    async def _call(self, name: str, request: Request) -> Response:
        endpoint = self.service.apis[name].func
        try:
            async with asyncio.timeout(self.settings.request_timeout):
                response: Response = await endpoint(self._service_instance, request)
                return response
        except TimeoutError:
            raise DeadlineExceeded(
                f"no answer within {self.settings.request_timeout:g} seconds; try again later"
            ) from None

    async def _answer_error(self, request: Request, error: Exception) -> Response:
        problem = describe(error)
        if problem.is_ours:
            logger.error("request %s failed", request.scope.get(REQUEST_ID), exc_info=error)
        return error_response(problem, request.scope, self.settings.retry_after)

    async def readyz(self, request: Request) -> Response:
        """200 when every model is loaded, verified and warm, or refused; and one can answer."""
        del request
        states = {f"{m['name']}:{m['version']}": m["state"] for m in self.registry.describe()}
        if not self.registry.is_ready:
            kind = ModelRefused if self.registry.is_lost else ModelUnavailable
            raise kind(f"not ready: {states or 'there is no model'}")
        return JSONResponse({"status": "ready", "models": states})

    async def list_languages(self, request: Request) -> Response:
        del request
        return JSONResponse(list_languages(self.registry.cards(Translator)))

    async def list_models(self, request: Request) -> Response:
        del request
        return JSONResponse({"models": self.registry.describe()})

    async def show_model(self, request: Request) -> Response:
        return JSONResponse(self.registry.describe_one(request.path_params["reference"]))

    async def openapi_spec_view(self, request: Request) -> Response:
        """The OpenAPI document, at BentoML's place for it and at everybody's."""
        del request
        return JSONResponse(_document())

    async def index_page(self, request: Request) -> Response:
        del request
        return _page("index.html")

    async def docs_page(self, request: Request) -> Response:
        del request
        return _page("docs.html")


def _page(name: str) -> Response:
    return HTMLResponse(_read_page(name))


@functools.cache
def _document() -> dict[str, Any]:
    return openapi_document(task_module("service", name, "operations") for name in task_names())


@functools.cache
def _read_page(name: str) -> str:
    return (_WEB / name).read_text("utf-8")
