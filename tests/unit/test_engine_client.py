"""An engine that misbehaves, played by a small HTTP server on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from environments.engine import get_engine
from environments.engine.mirrors import MirrorsError
from environments.engine.protocol import BuildRequest, Engine, EngineError, EngineUnavailable, ImageUnavailable

VERSION = {"ApiVersion": "1.41", "Version": "20.10", "Os": "linux", "Arch": "amd64"}


class Misbehaving(BaseHTTPRequestHandler):
    """Answers a ping and /version, and everything else as the server's `answer` (status, body, cut off) says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_sound = self.path.endswith(("/_ping", "/version"))
        self.reply(200, json.dumps(VERSION).encode()) if is_sound else self.misbehave()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.misbehave()

    do_DELETE = do_GET

    def misbehave(self) -> None:
        status, body, cut = self.server.answer  # type: ignore[attr-defined]
        if cut:
            self.send_response(status)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
            self.wfile.flush()
            self.close_connection = True
        else:
            self.reply(status, body)

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Api-Version", VERSION["ApiVersion"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def engine(server: ThreadingHTTPServer, tmp_path: Path) -> Engine:
    return get_engine(f"tcp://127.0.0.1:{server.server_port}", uv_path=tmp_path / "uv")


def answer(server: ThreadingHTTPServer, status: int, body: object, cut: bool = False) -> None:
    server.answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode(), cut)  # type: ignore[attr-defined]


REQUEST = BuildRequest("id", b"", "Dockerfile")


def test_a_refusal_is_told_in_the_engines_words_without_its_address(
    engine: Engine, server: ThreadingHTTPServer
) -> None:
    answer(server, 500, {"message": "layer does\nnot exist"})
    with pytest.raises(EngineError, match=r"^The container engine refused: layer does not exist$"):
        engine.tag("sha256:00", "x:1")


def test_an_image_that_went_away_is_unavailable(engine: Engine, server: ThreadingHTTPServer) -> None:
    answer(server, 404, {"message": "No such image: x"})
    with pytest.raises(ImageUnavailable):
        engine.read_files("x", ["/y"], max_bytes=1)


def test_a_stream_that_breaks_off_is_a_lost_engine(engine: Engine, server: ThreadingHTTPServer) -> None:
    answer(server, 200, b'{"id": "moby.image.id", "aux": {"ID": "sha256:00"}}\r\n', cut=True)
    with pytest.raises(EngineUnavailable, match="broke off"):
        list(engine.build(REQUEST))


def test_a_stream_that_ends_without_an_image_is_a_lost_engine(engine: Engine, server: ThreadingHTTPServer) -> None:
    answer(server, 200, b'{"id": "moby.buildkit.trace", "aux": "rubbish"}\r\n\r\n')
    with pytest.raises(EngineUnavailable, match="middle of the build"):
        list(engine.build(REQUEST))


def test_a_stream_of_rubbish_is_an_error(engine: Engine, server: ThreadingHTTPServer) -> None:
    answer(server, 200, b"<html>proxy</html>\n")
    with pytest.raises(EngineError, match="cannot be read"):
        list(engine.build(REQUEST))


def test_a_program_that_is_no_engine_is_no_engine(tmp_path: Path, server: ThreadingHTTPServer) -> None:
    engine = get_engine(f"tcp://127.0.0.1:{server.server_port}", uv_path=tmp_path)
    answer(server, 200, b"hello")
    with pytest.raises(EngineError):
        engine.find_image("x")


@pytest.mark.parametrize("host", ["nonsense", "tcp://127.0.0.1:1", "unix:///no/such/socket", "tcp://no-such.invalid:1"])
def test_a_host_without_an_engine_is_said_to_be_without_one(host: str, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="DOCKER_HOST"):
        get_engine(host, uv_path=tmp_path).info()


def test_tls_files_that_are_missing_are_the_engines_trouble(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        get_engine("tcp://127.0.0.1:1", uv_path=tmp_path, certificates=tmp_path).info()


def test_a_wrong_mirrors_file_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mirrors.toml"
    file.write_text("[image]\n")
    with pytest.raises(MirrorsError):
        get_engine("unix:///x", uv_path=tmp_path, mirrors_file=file)


def test_a_missing_uv_is_said(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    engine = get_engine(f"tcp://127.0.0.1:{server.server_port}", uv_path=tmp_path / "uv")
    with pytest.raises(EngineError, match="uv could not be started"):
        engine.tools_image()
