"""Fetching MNIST: four files from public mirrors, checked by their content, to where `data.mnist` finds them.

Called by the window; `python -m engine.data.download` does it with a progress bar. Nothing else here uses a network.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.data import mnist
from engine.errors import InputError, Interrupted


@dataclass(frozen=True)
class File:
    """One of MNIST's files: how many bytes are sent (about), how many it unpacks to, and the SHA-256 of those."""

    name: str
    sent: int
    size: int
    sha256: str


FILES = (
    File("t10k-labels-idx1-ubyte", 4542, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    File(
        "t10k-images-idx3-ubyte",
        1_648_877,
        7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    File("train-labels-idx1-ubyte", 28_881, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    File(
        "train-images-idx3-ubyte",
        9_912_422,
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
)
"""In the order in which they are fetched: MNIST counts as found by the last one."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://azureopendatastorage.blob.core.windows.net/mnist/",
)

_TIMEOUT = 10  # seconds for which a mirror may be silent
_CHUNK = 2**13  # bytes between two looks at whether to stop


def download(
    folder: Path = mnist.DOWNLOADED,
    progress: Callable[[int, int], object] = lambda done, total: None,
    interrupted: Callable[[], bool] = lambda: False,
    *,
    mirrors: Iterable[str] = MIRRORS,
    files: Iterable[File] = FILES,
) -> Path:
    """Fetch those of MNIST's files that `folder` lacks, unpacked, from the first mirror that has them; the folder.

    `progress(done, total)` gets the bytes so far, of the files that were there too. A file appears when it is whole
    and its checksum is right, so the next call goes on with what is missing.
    Raises `Interrupted` once `interrupted()` is true, and `InputError` if no mirror has a file or the disk refuses.
    """
    total, done = sum(file.sent for file in files), 0
    for file in files:

        def arrived(count: int, before: int = done, most: int = file.sent) -> None:
            if interrupted():
                raise Interrupted
            progress(before + min(count, most), total)

        _fetch(file, folder, arrived, mirrors)
        done += file.sent
        progress(done, total)
    return folder


def _fetch(file: File, folder: Path, arrived: Callable[[int], None], mirrors: Iterable[str]) -> None:
    """Make sure that `folder` holds the file; `arrived(count)` is told the bytes received from a mirror."""
    import pooch

    def receive(url: str, target: str, _: object) -> None:
        arrived(0)
        packed = _Received(arrived, 2 * file.sent)
        try:
            pooch.HTTPDownloader(chunk_size=_CHUNK, timeout=_TIMEOUT)(url, packed, None)
        except OSError as error:  # what requests raises
            raise _MirrorError(type(error).__name__) from error
        Path(target).write_bytes(_unpacked(packed.getvalue(), file.size))

    pooch.get_logger().setLevel("WARNING")
    reasons = []
    for mirror in mirrors:
        url = f"{mirror}{file.name}.gz"
        try:
            pooch.retrieve(url, file.sha256, fname=file.name, path=folder, downloader=receive)
        except _MirrorError as error:
            reasons.append(f"{urlsplit(mirror).hostname}: {error}")
        except ValueError:  # pooch's word for it
            reasons.append(f"{urlsplit(mirror).hostname}: wrong checksum")
        except OSError as error:
            raise InputError(
                f"{file.name} cannot be written ({error.strerror or 'not allowed'}): free some space or choose another "
                "folder."
            ) from error
        else:
            return
    raise InputError(
        f"{file.name} could not be fetched ({', '.join(reasons)}): check the connection and try again, or name a "
        f"folder that holds MNIST in {mnist.FOLDER}."
    )


class _MirrorError(Exception):
    """Why a mirror's file is of no use, in a few words."""


class _Received(io.BytesIO):
    """What has arrived of a file, `most` bytes at most."""

    def __init__(self, arrived: Callable[[int], None], most: int) -> None:
        super().__init__()
        self._arrived, self._most = arrived, most

    def write(self, data: bytes) -> int:  # type: ignore[override]
        written = super().write(data)
        if self.tell() > self._most:
            raise _MirrorError("too long")
        self._arrived(self.tell())
        return written


def _unpacked(content: bytes, size: int) -> bytes:
    """The content of a gzip file, one byte more than `size` at most. Raises `_MirrorError` if it is none."""
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _MirrorError("not a gzip file") from error


def main() -> int:
    """Fetch MNIST to the user's data folder; the exit code. With `--lines` the progress is lines of two numbers."""
    if "--lines" in sys.argv:
        return _fetched(lambda done, total: print(done, total, flush=True))
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # or it starts a thread of its own
    bar = tqdm(unit="B", unit_scale=True, disable=None)

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        return _fetched(progress)


def _fetched(progress: Callable[[int, int], object]) -> int:
    try:
        folder = download(progress=progress)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"MNIST is in {folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
