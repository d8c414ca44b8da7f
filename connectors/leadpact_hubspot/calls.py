"""How a call goes to HubSpot: on kept api objects of hubspot-api-client in raw mode (facts §11).

The client's models cost thirteen times the raw JSON and drop newer fields; its defaults have no time-out and
hidden retries. So each call here asks for the raw answer, reads it in full, and names its time-out.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import orjson
import urllib3
from hubspot import HubSpot

from leadpact.errors import LeadpactError, SignIn, WaitUntil
from leadpact.ports.clock import Clock
from leadpact_hubspot import errors
from leadpact_hubspot.limits import BURST, Limits
from leadpact_hubspot.oauth import HubSpotSignIn, OAuthSignIn
from leadpact_hubspot.objects import (
    CONTACTS,
    Json,
    kinds_in,
    path_for,
)
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_webapi.retry import SIGNED_IN_AGAIN, call_with_retry
from leadpact_webapi.timing import Listening

_NOT_SENT: Final = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)

_IDS: Final = re.compile(r"/\d+(?=/|$)")

Send = Callable[..., Any]
ARCHIVED: Final = "?archived=true"
NO_CONTENT: Final = 204
REFUSED_TOKEN: Final = frozenset({"token_expired", "token_refused"})


class _Objects:
    """The kept api objects of one kind of record."""

    def __init__(self, apis: Any) -> None:
        self.basic = apis.basic_api
        self.batch = apis.batch_api
        self.search = apis.search_api


class HubSpotCalls:
    """Sends calls, signed in, within the limits, errors by remedy; one connection pool per API package.

    Args:
        sign_in: where each call has its token from.
        count_call: told (crm_name, "METHOD route") right before each call.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        sign_in: HubSpotSignIn,
        clock: Clock,
        limits: Limits,
        crm_name: str,
        count_call: Callable[[str, str], None],
    ) -> None:
        self._settings = settings
        self._sign_in = sign_in
        self._sent = threading.local()
        self._clock = clock
        self._limits = limits
        self._crm = crm_name
        self._count = count_call
        self._timeout = (settings.connect_timeout_s, settings.timeout_s)
        self._engines: dict[str, Any] = {}
        self._api_errors: tuple[type[Any], ...] = ()
        hub = HubSpot(
            # Each call brings its own token: it may change between two.
            access_token=None,
            # False: the first error as it is, no repeats, no redirects.
            retry=urllib3.Retry(total=False),
            host=settings.base_url.rstrip("/"),
            connection_pool_maxsize=settings.pool,
            api_factory=self._api,
        )
        self._objects = {kind: _Objects(getattr(hub.crm, kind)) for kind in kinds_in(settings)}
        self._bare_api = self._objects[CONTACTS].basic.api_client
        self._properties = hub.crm.properties.core_api
        self._groups = hub.crm.properties.groups_api
        self._owners = hub.crm.owners.owners_api
        self._hub = hub
        self._making = threading.Lock()
        self._links: Any = None
        self._tasks: Any = None
        self._pipelines = hub.crm.pipelines.pipelines_api if settings.deals else None
        self.told_at: tuple[str, datetime] | None = None

    def close(self) -> None:
        """Close the kept connections."""
        if isinstance(self._sign_in, OAuthSignIn):
            self._sign_in.close()
        for engine in self._engines.values():
            engine.rest_client.pool_manager.clear()
            engine.close()

    def _api(self, package: Any, name: str, config: Mapping[str, Any]) -> Any:
        """An api object on the one engine of its package, whose calls are counted and re-routed."""
        engine = self._engines.get(package.__name__)
        if engine is None:
            configuration = package.Configuration()
            for key in ("host", "connection_pool_maxsize"):
                setattr(configuration, key, config[key])
            configuration.retries = config["retry"]
            if self._settings.ca_file is not None:
                configuration.ssl_ca_cert = str(self._settings.ca_file)
            engine = package.ApiClient(configuration=configuration)
            engine.user_agent = "leadpact"
            engine.call_api = partial(self._routed, engine.call_api)
            # Bodies here are plain JSON and never the client's own models, which it would look for in every value.
            engine.sanitize_for_serialization = _as_it_is
            self._engines[package.__name__] = engine
            self._api_errors += (package.ApiException,)
        return getattr(package, name)(api_client=engine)

    def _routed(self, send: Send, path: str, method: str, *args: Any, **more: Any) -> Any:
        path = path_for(self._settings.api, path)
        route = path.partition("?")[0]
        for name, value in (args[0] if args else {}).items():
            if name.lower().endswith("objecttype"):
                route = route.replace(f"{{{name}}}", str(value))
        route = _IDS.sub("/{id}", route)
        if "{" in route:
            route = "/".join("{id}" if part.startswith("{") else part for part in route.split("/"))
        if args[1:] and ("archived", True) in args[1] and route.endswith(CONTACTS):
            # Told apart from the work of every cycle (R26).
            route += ARCHIVED
        self._count(self._crm, f"{method} {route}")
        value = f"Bearer {self._sent.token}"
        more["_request_auth"] = {
            "type": "oauth2",
            "in": "header",
            "key": "Authorization",
            "value": value,
        }
        return send(path, method, *args, **more)

    def _bare(self, path: str, method: str, body: Json | None = None, **more: Any) -> Any:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        return self._bare_api.call_api(
            path, method, {}, [], headers, body=body, auth_settings=["oauth2"], **more
        )

    def _call(
        self, send: Send, *args: Any, bucket: str = BURST, safe: bool = True, **more: Any
    ) -> Json:
        def once() -> Json:
            return self._signed_in(partial(send, *args, **more), bucket)

        return call_with_retry(once, safe=safe, clock=self._clock)

    def _signed_in(self, send: Send, bucket: str) -> Json:
        """One call; after a 401 once more with another token, if there is one: HubSpot has done nothing then."""
        token = self._sent.token = self._sign_in.token()
        try:
            answer = self._once(send, bucket)
        except SignIn as error:
            other = self._sign_in.instead_of(token) if error.code in REFUSED_TOKEN else None
            if other is None:
                raise
            if isinstance(self._clock, Listening):
                self._clock.met(SIGNED_IN_AGAIN)
            token = self._sent.token = other
            answer = self._once(send, bucket)
        self._sign_in.worked(token)
        return answer

    def _once(self, send: Send, bucket: str) -> Json:
        self._limits.before(bucket)
        try:
            response = send(_preload_content=False, _request_timeout=self._timeout)
            # Read in full, or the connection is not kept.
            body: bytes = response.data
        except self._api_errors as error:
            raise self._refused(error, bucket) from None
        except UnicodeDecodeError as error:
            # The client decodes refusals as UTF-8, which an HTML page of a proxy need not be.
            raise self._refused(error.__context__, bucket) from None
        except _NOT_SENT as error:
            raise errors.network(error, sent=False) from None
        except urllib3.exceptions.HTTPError as error:
            raise errors.network(error, sent=True) from None
        except AttributeError as error:
            raise self._tls_failure(error) from None
        self._limits.after(response.headers)
        self.told_at = (response.headers.get("Date") or "", self._clock.now())
        if response.status == NO_CONTENT:
            return {}
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise errors.network(error, sent=True) from None
        if not isinstance(content, dict):
            raise errors.network(ValueError("no JSON object"), sent=True)
        return content

    def _refused(self, error: Any, bucket: str) -> LeadpactError:
        headers = error.headers or {}
        self._limits.after(headers)
        body = error.body or b""
        made = errors.from_answer(
            error.status, body if isinstance(body, bytes) else body.encode(), headers
        )
        return self._limits.throttled(bucket, made) if isinstance(made, WaitUntil) else made

    def _tls_failure(self, error: AttributeError) -> BaseException:
        """What the client meant: it trips over the missing body of its own exception for TLS failures."""
        cause = error.__context__
        if not isinstance(cause, self._api_errors) or cause.status:
            return error
        return errors.network(cause, sent=True)


def _as_it_is(plain: Any) -> Any:
    return plain


def object_in(body: bytes | str) -> Json:
    """The JSON object of an answer; {} where it holds none."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
