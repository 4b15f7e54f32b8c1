"""The one place that knows the SDK: a warm connection to a Messages server, streamed answers as events of our own.

The SDK takes a second and 60 MB to import, so `connect` does that, on a worker's thread, once there is something to
send. It never tries again by itself, reports to nobody and logs nothing: `call` decides about tries, and prompts hold
source text.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oldhand.claude import statuses
from oldhand.claude.answer import Answer
from oldhand.claude.events import Event
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.request import Request

if TYPE_CHECKING:
    from oldhand.claude.configuration import UserConfiguration

KEEP_ALIVE = 120.0
"""Seconds for which an idle connection is kept: people pause between two reviews."""

CONNECT, SILENCE, SEND = 10.0, 90.0, 60.0
"""Seconds to connect, between two pieces of an answer, and for a piece of the request to leave."""

MAX_ANSWER = 8 << 20
"""Bytes of an answer that is not streamed."""

_PROVIDERS = {
    "anthropic": ("AsyncAnthropic", ""),
    "bedrock": ("AsyncAnthropicBedrock", "bedrock"),
    "bedrock-mantle": ("AsyncAnthropicBedrockMantle", "bedrock"),
    "vertex": ("AsyncAnthropicVertex", "vertex"),
    "google-cloud": ("AsyncAnthropicGoogleCloud", "google-cloud"),
    "foundry": ("AsyncAnthropicFoundry", ""),
    "aws": ("AsyncAnthropicAWS", "aws"),
}
"""The SDK's class and the extra of the package that it needs, by the user's setting."""


@dataclass(slots=True)
class Client:
    """One connection, for one loop.

    `extra` is what the provider needs beside the SDK. `without` are the optional fields that its server does not take,
    `limits` the headers of its last answer.
    """

    sdk: Any
    api: Any
    extra: str = ""
    without: set[str] = field(default_factory=set)
    limits: Mapping[str, str] = field(default_factory=dict)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Send the request; its answer, one event after another, ending with `Ended`.

        Raises ModelError. Closing the iterator, or cancelling the task, closes the connection.
        """
        answer = Answer()
        try:
            body = request.body(frozenset(self.without))
            async with await self.api.messages.create(**body, stream=True) as stream:
                headers = stream.response.headers
                answer.request_id = headers.get("request-id", "")
                self.limits = dict(headers)
                if headers.get("content-type", "").startswith("application/json"):
                    for event in answer.whole(await _read(stream.response)):
                        yield event
                    return
                async for received in _received(stream):
                    for event in answer.event(received):
                        yield event
            yield answer.end()
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(self._failure(error), answer.usage) from error

    async def model_info(self, model: str) -> Mapping[str, object] | None:
        """What the server says the model can do, as JSON; None where it does not say."""
        models = getattr(self.api, "models", None)
        if models is None:
            return None
        try:
            found = await models.retrieve(model)
            info = found.to_dict()
        except Exception as error:
            logging.getLogger(__name__).info("no model information: %s", type(error).__name__)
            return None
        return info if isinstance(info, dict) else None

    async def close(self) -> None:
        """Let the connection go."""
        await self.api.close()

    def _failure(self, error: Exception) -> Failure:
        """What an error of the SDK, or of what is below it, means for the user."""
        sdk = self.sdk
        if isinstance(error, sdk.APIStatusError):
            return statuses.failure(
                error.status_code,
                error.type or "",
                error.api_message or "",
                error.response.headers,
                str(error.error_code or ""),
            )
        if isinstance(error, sdk.CredentialsError):
            return _no_credentials(error)
        if isinstance(error, ImportError) or type(error).__name__ == "MissingDependencyError":
            return _missing(self.extra)
        if isinstance(error, sdk.APITimeoutError):
            return _by_cause(error) or Failure.of(Kind.TIMEOUT, "The server did not answer in time. Try again.")
        return _by_cause(error) or _by_type(error)


def connect(configuration: UserConfiguration) -> Client:
    """A client for the user's provider; takes a second, so it is for a worker's thread.

    Raises ModelError where a package or a setting is missing.
    """
    _quiet()
    import anthropic  # noqa: PLC0415 - it costs a second and is needed only here
    import httpx2  # noqa: PLC0415

    _quiet()
    name, extra = _PROVIDERS[configuration.provider]
    options: dict[str, Any] = {
        "max_retries": 0,
        "timeout": httpx2.Timeout(SILENCE, connect=CONNECT, write=SEND, pool=CONNECT),
        "open_telemetry": False,
        "http_client": anthropic.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE)
        ),
    }
    base_url = configuration.base_url or ("https://api.anthropic.com" if _empty("ANTHROPIC_BASE_URL") else "")
    if base_url:
        options["base_url"] = base_url
    if configuration.api_key_header and os.environ.get("ANTHROPIC_API_KEY"):
        options["default_headers"] = {"x-api-key": os.environ["ANTHROPIC_API_KEY"]}
    try:
        api = getattr(anthropic, name)(**options)
    except ImportError as error:
        raise ModelError(_missing(extra)) from error
    except anthropic.CredentialsError as error:
        raise ModelError(_no_credentials(error)) from error
    except (ValueError, TypeError, anthropic.AnthropicError) as error:
        words = statuses.quoted(str(error))
        raise ModelError(Failure.of(Kind.SETUP, f"The connection is not set up: {words}")) from error
    return Client(anthropic, api, extra)


def _missing(extra: str) -> Failure:
    """A package that the SDK imports only when it needs it."""
    package = f"anthropic[{extra}]" if extra else "httpx2[socks]"
    return Failure.of(
        Kind.MISSING_EXTRA, f"A package is missing: run pip install '{package}' where Oldhand is installed."
    )


def _no_credentials(error: Exception) -> Failure:
    return Failure.of(Kind.NO_KEY, f"There is no key that can be used. {statuses.quoted(str(error))}")


def _quiet() -> None:
    """Keep prompts out of every log, whatever the environment says: they are the user's source text."""
    os.environ.pop("ANTHROPIC_LOG", None)
    for name in ("anthropic", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False


def _empty(name: str) -> bool:
    """Whether a variable is there and says nothing, which the SDK would take as an address."""
    return name in os.environ and not os.environ[name].strip()


async def _received(stream: Any) -> AsyncGenerator[Mapping[str, Any], None]:
    """The events of a stream as JSON.

    Those of a text stream are read as they are: the SDK's objects for them cost three times as much, and it passes over
    events whose name a server leaves out. The clouds' own framing is the SDK's business.
    """
    if not stream.response.headers.get("content-type", "").startswith("text/"):
        async for event in stream:
            yield event.to_dict()
        return
    async with aclosing(stream.raw_events(stream.response)) as events:
        async for event in events:
            if event.data:
                received = json.loads(event.data)
                if isinstance(received, dict):
                    yield received


async def _read(response: Any) -> bytes:
    """The body of an answer that is not streamed, up to a size."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER:
            raise ModelError(Failure.of(Kind.UNREADABLE, "The server's answer has no end. Check the base URL."))
        parts.append(part)
    return b"".join(parts)


def _by_cause(error: BaseException) -> Failure | None:
    """What the operating system or TLS has to say, wherever in the chain of causes that is."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            message = "The server's certificate was not accepted. Set SSL_CERT_FILE to your company's certificates."
            return Failure.of(Kind.TLS, message)
        if isinstance(cause, socket.gaierror):
            message = "The server's name was not found. Check the network and the base URL."
            return Failure.of(Kind.NAME, message)
        if type(cause).__name__ == "ProxyError":
            return Failure.of(Kind.PROXY, "The proxy refused the connection. Check HTTPS_PROXY and NO_PROXY.")
        if isinstance(cause, ConnectionRefusedError):
            return Failure.of(Kind.NETWORK, "Nothing answers at the server's address. Check the base URL.")
    return None


def _by_type(error: Exception) -> Failure:
    """What the errors of the HTTP library, which the SDK lets through, and of Python itself mean."""
    import httpx2  # noqa: PLC0415

    match error:
        case httpx2.ReadTimeout() | httpx2.WriteTimeout():
            return Failure.of(Kind.TIMEOUT, "The answer stopped coming. What had come is kept; try again for the rest.")
        case httpx2.TimeoutException():
            return Failure.of(Kind.TIMEOUT, "The server could not be reached in time. Check the network, try again.")
        case httpx2.RemoteProtocolError() | httpx2.ReadError() | httpx2.WriteError() | httpx2.DecodingError():
            return Failure.of(Kind.CUT, "The answer broke off. What had come is kept; try again for the rest.")
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL() | httpx2.LocalProtocolError():
            return Failure.of(Kind.SETUP, "The base URL, or a header, is not one that can be used. Check both.")
        case UnicodeEncodeError():
            return Failure.of(Kind.BAD_REQUEST, "The text holds half a character, which can not be sent.")
        case ValueError():  # JSON in an event that is none
            return Failure.of(Kind.UNREADABLE, "The server's answer can not be read. Check the base URL.")
        case TypeError():  # all that the SDK says where it finds no credentials
            return Failure.of(Kind.NO_KEY, "There is no key. Set ANTHROPIC_API_KEY where the editor is started.")
        case _:
            return Failure.of(Kind.NETWORK, f"The connection failed ({type(error).__name__}). Try again.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
