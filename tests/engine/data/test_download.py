"""Fetching MNIST from servers of the test's own on this machine, which misbehave in the ways that servers do."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from engine.data import mnist
from engine.data.download import FILES, MIRRORS, File, download, main
from engine.errors import InputError, Interrupted

CONTENT = {
    name: np.random.default_rng(seed).integers(0, 256, 50_000, dtype=np.uint8).tobytes()
    for seed, name in enumerate(("first", "second"))
}
TINY = tuple(
    File(name, len(gzip.compress(content)), len(content), hashlib.sha256(content).hexdigest())
    for name, content in CONTENT.items()
)
TOTAL = sum(file.sent for file in TINY)

Answer = Callable[[str], tuple[int, bytes, int]]
"""From a file's name to the status, what is sent, and the length that is claimed."""


def good(name: str) -> tuple[int, bytes, int]:
    packed = gzip.compress(CONTENT[name])
    return 200, packed, len(packed)


def missing(name: str) -> tuple[int, bytes, int]:
    return 404, b"", 0


def altered(name: str) -> tuple[int, bytes, int]:
    packed = gzip.compress(CONTENT[name][:-1] + b"!")
    return 200, packed, len(packed)


def cut(name: str) -> tuple[int, bytes, int]:
    packed = gzip.compress(CONTENT[name])
    return 200, packed[: len(packed) // 2], len(packed)


def page(name: str) -> tuple[int, bytes, int]:
    return 200, b"<html>Please sign in</html>", 27


def endless(name: str) -> tuple[int, bytes, int]:
    return 200, bytes(10**6), 10**6


def bomb(name: str) -> tuple[int, bytes, int]:
    packed = gzip.compress(bytes(10**7))
    return 200, packed, len(packed)


@dataclass
class Mirror:
    """A server on this machine that answers as it is told, and the names it was asked for."""

    answer: Answer = good
    asked: list[str] = field(default_factory=list)
    url: str = ""


class Mirrors:
    """Servers that run until the test ends; a list of `Mirror` by `start`."""

    def __init__(self) -> None:
        self._running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(self, answer: Answer) -> Mirror:
        mirror = Mirror(answer)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/").removesuffix(".gz")
                mirror.asked.append(name)
                status, body, claimed = mirror.answer(name)
                self.send_response(status)
                self.send_header("Content-Length", str(claimed))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """A test's output is for failures."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self._running.append((server, thread))
        mirror.url = f"http://127.0.0.1:{server.server_port}/"
        return mirror

    def stop(self) -> None:
        for server, thread in self._running:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Mirrors()
    yield running
    running.stop()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


# spec: D1
def test_files_arrive_unpacked_with_progress(tmp_path: Path, mirrors: Mirrors) -> None:
    told: list[tuple[int, int]] = []
    folder = tmp_path / "own" / "mnist"
    mirror = mirrors.start(good)
    assert download(folder, lambda *at: told.append(at), mirrors=[mirror.url], files=TINY) == folder
    assert {name: (folder / name).read_bytes() for name in names(folder)} == CONTENT
    assert mirror.asked == ["first", "second"]
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert len(set(done)) > 10
    assert told[-1] == (TOTAL, TOTAL)


def test_what_is_there_is_not_fetched_again(tmp_path: Path, mirrors: Mirrors) -> None:
    (tmp_path / "first").write_bytes(CONTENT["first"])
    (tmp_path / "second").write_bytes(CONTENT["second"][:-5])
    mirror = mirrors.start(good)
    download(tmp_path, mirrors=[mirror.url], files=TINY)
    assert mirror.asked == ["second"]
    assert (tmp_path / "second").read_bytes() == CONTENT["second"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (missing, "HTTPError"),
        (altered, "wrong checksum"),
        (cut, "Error"),
        (page, "not a gzip file"),
        (endless, "too long"),
        (bomb, "wrong checksum"),
    ],
)
def test_the_second_mirror_helps_where_the_first_fails(
    tmp_path: Path, mirrors: Mirrors, answer: Answer, reason: str
) -> None:
    bad = mirrors.start(answer)
    with pytest.raises(InputError, match=rf"^first could not be fetched \(127.0.0.1: \w*\s?.*{reason}.*\): .*\.$"):
        download(tmp_path, mirrors=[bad.url], files=TINY)
    assert names(tmp_path) == set()
    download(tmp_path, mirrors=[bad.url, mirrors.start(good).url], files=TINY)
    assert names(tmp_path) == set(CONTENT)


def test_no_connection_is_said_in_a_sentence(tmp_path: Path, mirrors: Mirrors) -> None:
    gone = mirrors.start(good).url
    mirrors.stop()
    with pytest.raises(InputError, match=r"127\.0\.0\.1: ConnectionError\): check the connection"):
        download(tmp_path, mirrors=[gone], files=TINY)


def test_cancelling_leaves_whole_files_and_the_next_call_goes_on(tmp_path: Path, mirrors: Mirrors) -> None:
    mirror = mirrors.start(good)
    at = 0

    def progress(done: int, total: int) -> None:
        nonlocal at
        at = done

    with pytest.raises(Interrupted):
        download(tmp_path, progress, lambda: at > 0.7 * TOTAL, mirrors=[mirror.url], files=TINY)
    assert names(tmp_path) == {"first"}
    assert at < 0.9 * TOTAL
    download(tmp_path, mirrors=[mirror.url], files=TINY)
    assert mirror.asked == ["first", "second", "second"]
    assert names(tmp_path) == set(CONTENT)


def test_cancelling_between_two_mirrors_asks_no_other(tmp_path: Path, mirrors: Mirrors) -> None:
    first, second = mirrors.start(missing), mirrors.start(good)
    with pytest.raises(Interrupted):
        download(tmp_path, interrupted=lambda: bool(first.asked), mirrors=[first.url, second.url], files=TINY)
    assert not second.asked


def test_a_disk_that_refuses_is_said_in_a_sentence(tmp_path: Path, mirrors: Mirrors) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another folder"):
        download(tmp_path / "file" / "mnist", mirrors=[mirrors.start(good).url], files=TINY)


def test_mnist_is_found_where_it_is_downloaded_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(mnist.FOLDER, raising=False)
    monkeypatch.setattr(mnist, "DOWNLOADED", tmp_path)
    for file in FILES[:-1]:
        (tmp_path / file.name).touch()
    assert mnist.find() != tmp_path
    (tmp_path / FILES[-1].name).touch()
    assert mnist.find() == tmp_path
    assert mnist.DOWNLOADED.is_absolute()


@pytest.mark.skipif(mnist.find() is None, reason="needs MNIST")
def test_the_files_are_those_of_mnist() -> None:
    folder = mnist.find()
    assert folder is not None
    for file in FILES:
        path = next(folder.glob(f"{file.name}*"))
        content = gzip.decompress(path.read_bytes()) if path.suffix else path.read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)


def test_mirrors_are_several_and_encrypted() -> None:
    assert len(MIRRORS) >= 2
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in MIRRORS)


def test_the_command_tells_what_went_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(progress: Callable[[int, int], None]) -> Path:
        progress(1, 2)
        raise InputError("No mirror answers: try again.")

    monkeypatch.setattr("engine.data.download.download", refuse)
    assert main() == 2
    assert capsys.readouterr().err == "No mirror answers: try again.\n"
