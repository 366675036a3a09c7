"""The way to the engine: a short-lived API client for each task, and the one place where errors get our names.

Nothing is shared between calls, so an engine object may be used by many threads and survives a fork.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tarfile import TarError
from typing import Any

from docker import APIClient
from docker.constants import DEFAULT_DOCKER_API_VERSION
from docker.errors import APIError, DockerException, ImageNotFound, NotFound, StreamParseError
from docker.tls import TLSConfig
from requests import Response
from requests.exceptions import ChunkedEncodingError, RequestException
from requests.exceptions import ConnectionError as RequestConnectionError
from requests.exceptions import Timeout as RequestTimeout
from urllib3.exceptions import HTTPError as TransportError

from environments.engine.protocol import EngineError, EngineUnavailable, ImageUnavailable
from environments.engine.wording import DISK_FULL, NO_SPACE

ANSWER_SECONDS = 60
NO_NAME = 400
NO_ENGINE = "The container engine does not answer; check that it runs and that DOCKER_HOST names it."
LOST_ENGINE = "The connection to the container engine broke off."
UNREADABLE = "The container engine sent an archive that cannot be read."

_LOST = (
    RequestConnectionError,
    RequestTimeout,
    ChunkedEncodingError,
    TransportError,
    HTTPException,
    ConnectionError,
    StreamParseError,
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the engine listens, as in DOCKER_HOST; with TLS, the folder of its files (DOCKER_CERT_PATH) as well."""

    host: str
    certificates: Path | None = None

    def tls(self) -> TLSConfig | bool:
        """The client certificate and authority under the names the Docker command line uses; False without TLS."""
        if self.certificates is None:
            return False
        folder = self.certificates
        pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
        return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)


@contextmanager
def connected(address: Address, *, timeout: int = ANSWER_SECONDS) -> Iterator[APIClient]:
    """Yield a client that speaks the newest API version both sides know. `timeout`: seconds without a byte."""
    with engine_errors():
        client = _open(address, timeout)
        try:
            yield client
        finally:
            client.close()


def _open(address: Address, timeout: int) -> APIClient:
    """The version comes from the answer to a ping: the SDK, unless given one, makes the engine start three programs to
    answer."""
    try:
        client: Any = APIClient(
            base_url=address.host,
            version=DEFAULT_DOCKER_API_VERSION,
            timeout=timeout,
            tls=address.tls(),
            use_ssh_client=address.host.startswith("ssh://"),
        )
        answer = client._get(f"{client.base_url}/_ping")
        client._raise_for_status(answer)
        client._version = answer.headers["Api-Version"]
    except (DockerException, RequestException, OSError, KeyError) as error:
        raise EngineUnavailable(NO_ENGINE) from error
    opened: APIClient = client
    return opened


def inspect(client: APIClient, reference: str) -> dict[str, Any] | None:
    """The engine's description of an image (Engine API, ImageInspect), None if it is not here or its name is none."""
    sdk: Any = client
    try:
        description: dict[str, Any] = sdk.inspect_image(reference)
    except APIError as error:
        if error.status_code == NO_NAME or isinstance(error, NotFound):
            return None
        raise
    return description


def post(client: APIClient, path: str, **options: Any) -> Response:
    """POST to a path of the API, with the options of requests; for what the SDK has no method for."""
    sdk: Any = client
    response: Response = sdk._post(sdk._url(path), **options)
    sdk._raise_for_status(response)
    return response


@contextmanager
def download(client: APIClient, path: str, **options: Any) -> Iterator[Response]:
    """GET a path of the API as a stream that is closed for certain; one left open keeps the engine from going on."""
    sdk: Any = client
    with sdk._get(sdk._url(path), stream=True, **options) as response:
        sdk._raise_for_status(response)
        yield response


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn everything the SDK and its transport raise into EngineUnavailable or EngineError."""
    try:
        yield
    except _LOST as error:
        raise EngineUnavailable(LOST_ENGINE) from error
    except ImageNotFound as error:
        raise ImageUnavailable("The image is no longer here; build or pull it again.") from error
    except APIError as error:
        words = said(error)
        raise EngineError(DISK_FULL if NO_SPACE in words else f"The container engine refused: {words}") from error
    except (DockerException, RequestException) as error:
        raise EngineError(f"The container engine could not be used: {error}") from error
    except TarError as error:
        raise EngineError(UNREADABLE) from error


def said(error: APIError) -> str:
    """The engine's own words on one line, without the address that was asked."""
    return " ".join((error.explanation or f"status {error.status_code}").split())
