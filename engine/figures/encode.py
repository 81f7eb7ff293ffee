"""Frames into files that move: GIF, APNG, MP4. Called by `write`, which hands over one frame after the other.

Each keeps its frames packed, and the same frames give the same bytes on one machine.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from engine.errors import InputError
from engine.figures.sheet import Film

Pixels = NDArray[np.uint8]

_IN_MEMORY = 2**26  # bytes of packed frames; what is more waits on the disk
_COLOURS = 256  # of a GIF
_EXACT = 128  # of these the most frequent ones as they are
_CODECS = ("libx264", "libopenh264", "mpeg4")  # the first that PyAV's build has

_X264 = {"crf": "16", "x264-params": "asm=0"}  # with assembly the same frames gave other bytes, 1 time in 10


class Encoder(Protocol):
    """A file in the making."""

    def __init__(self, film: Film, count: int) -> None:
        """Of `count` frames."""

    def add(self, frame: Pixels) -> None:
        """The next frame [H, W, 3]; all are of one size."""

    def finish(self) -> bytes:
        """The whole file, after the last frame."""


class Gif:
    """256 colours for all frames, without dithering, whose noise would flicker; the most frequent ones exactly."""

    def __init__(self, film: Film, count: int) -> None:
        self._film, self._count = film, count
        self._packed = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `finish`
        self._lengths: list[int] = []
        self._shape = (0, 0)
        self._colours, self._times = np.empty(0, np.uint32), np.empty(0, np.int64)

    def add(self, frame: Pixels) -> None:
        """As `Encoder` says."""
        numbers = _numbers(frame)
        colours, times = np.unique(numbers, return_counts=True)
        self._colours, places = np.unique(np.concatenate([self._colours, colours]), return_inverse=True)
        self._times = np.bincount(places, np.concatenate([self._times, times])).astype(np.int64)
        packed = zlib.compress(numbers.tobytes(), 1)
        self._packed.write(packed)
        self._lengths.append(len(packed))
        self._shape = numbers.shape

    def finish(self) -> bytes:
        """As `Encoder` says."""
        from scipy.spatial import KDTree

        palette = _palette(self._colours, self._times)
        nearest = KDTree(palette).query(_channels(self._colours))[1].astype(np.uint8)
        file = io.BytesIO()
        height, width = self._shape
        file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + palette.tobytes())
        if self._film.loop:
            file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
        before: NDArray[np.uint8] | None = None
        for frame, seconds in zip(self._frames(nearest), _seconds(self._film, self._count), strict=True):
            part, left, top = _changed(before, frame)
            shown = Image.fromarray(part, "P")
            for data in GifImagePlugin.getdata(shown, (left, top), duration=_hundredths(seconds) * 10, disposal=1):
                file.write(data)
            before = frame
        return file.getvalue() + b";"

    def _frames(self, nearest: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """The frames again, as places in the palette."""
        self._packed.seek(0)
        with self._packed:
            for length in self._lengths:
                numbers = np.frombuffer(zlib.decompress(self._packed.read(length)), np.uint32)
                yield nearest[np.searchsorted(self._colours, numbers)].reshape(self._shape)


class Apng:
    """All colours, exactly."""

    def __init__(self, film: Film, count: int) -> None:
        self._file = io.BytesIO()
        self._film, self._count = film, count
        self._seconds = iter(_seconds(film, count))
        self._before: Pixels | None = None
        self._sequence = 0

    def add(self, frame: Pixels) -> None:
        """As `Encoder` says."""
        part, left, top = _changed(self._before, frame)
        file = io.BytesIO()
        Image.fromarray(part).save(file, "PNG")
        chunks = list(_chunks(file.getvalue()))
        if self._before is None:
            self._file.write(file.getvalue()[:8])
            self._chunk(b"IHDR", chunks[0][1])
            self._chunk(b"acTL", struct.pack(">II", self._count, 0 if self._film.loop else 1))
        milliseconds, place = round(1000 * next(self._seconds)), (*part.shape[1::-1], left, top)
        self._chunk(b"fcTL", struct.pack(">IIIIIHHBB", self._number(), *place, milliseconds, 1000, 0, 0))
        for kind, data in chunks:
            if kind == b"IDAT" and self._before is None:
                self._chunk(kind, data)
            elif kind == b"IDAT":
                self._chunk(b"fdAT", struct.pack(">I", self._number()) + data)
        self._before = frame

    def finish(self) -> bytes:
        """As `Encoder` says."""
        self._chunk(b"IEND", b"")
        return self._file.getvalue()

    def _number(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


class Mp4:
    """H.264 in colours at half the resolution, as every player shows it; MPEG-4 where PyAV's build has no H.264.

    Raises `InputError` where PyAV is not installed.
    """

    def __init__(self, film: Film, count: int) -> None:
        try:
            import av
        except ImportError as error:
            raise InputError("MP4 needs PyAV, which is not installed: install av, or choose GIF or APNG.") from error
        self._film, self._count, self._added, self._encoded = film, count, 0, 0
        self._file = io.BytesIO()
        self._container = av.open(self._file, "w", format="mp4", options={"fflags": "+bitexact"})
        self._codec = next(codec for codec in _CODECS if codec in av.codecs_available)
        self._stream: Any = None

    def add(self, frame: Pixels) -> None:
        """As `Encoder` says."""
        even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
        if self._stream is None:
            self._open(even.shape[1], even.shape[0])
        times = 1
        self._added += 1
        if self._added == self._count:
            times = max(1, round(self._film.hold * self._film.rate))
        for _ in range(times):
            self._encode(even)

    def finish(self) -> bytes:
        """As `Encoder` says."""
        self._container.mux(self._stream.encode())
        self._container.close()
        return self._file.getvalue()

    def _open(self, width: int, height: int) -> None:
        rate = Fraction(self._film.rate).limit_denominator(1000)
        good = _X264 if self._codec == "libx264" else {"b": str(int(width * height * rate))}
        stream: Any = self._container.add_stream(self._codec, rate, options={**good, "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count, context.gop_size = 1, max(1, round(self._film.rate))
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1  # BT.709, as on TV
        self._stream = stream

    def _encode(self, frame: Pixels) -> None:
        import av

        shown = av.VideoFrame.from_ndarray(frame, format="rgb24")
        shown = shown.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        shown.pts, self._encoded = self._encoded, self._encoded + 1
        shown.time_base = 1 / self._stream.codec_context.framerate
        self._container.mux(self._stream.encode(shown))


ENCODERS: dict[str, type[Encoder]] = {"gif": Gif, "apng": Apng, "mp4": Mp4}
"""By the kind of file."""


def _seconds(film: Film, count: int) -> list[float]:
    """How long each frame stays."""
    return [1 / film.rate] * (count - 1) + [max(1 / film.rate, film.hold)]


def _hundredths(seconds: float) -> int:
    """As a GIF says it; of less than 2 players make 10."""
    return max(2, round(100 * seconds))


def _changed(before: Pixels | None, frame: Pixels) -> tuple[Pixels, int, int]:
    """The part of a frame that differs from the one before, a pixel at least, and its left and upper edge."""
    if before is None:
        return frame, 0, 0
    differs = before != frame
    flat = differs.any(2) if differs.ndim == 3 else differs
    rows, columns = np.flatnonzero(flat.any(1)), np.flatnonzero(flat.any(0))
    if not rows.size:
        return frame[:1, :1].copy(), 0, 0
    part = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return part.copy(), int(columns[0]), int(rows[0])


def _palette(colours: NDArray[np.uint32], times: NDArray[np.int64]) -> NDArray[np.uint8]:
    """256 colours [256, 3]: all if there are no more, else the most frequent ones and a median cut of the others."""
    order = np.argsort(-times, kind="stable")
    exact = _channels(colours[order[: _COLOURS if len(colours) <= _COLOURS else _EXACT]])
    others = order[len(exact) :]
    if others.size:
        often = np.repeat(_channels(colours[others]), np.ceil(np.log2(times[others] + 1)).astype(int), axis=0)
        cut = Image.fromarray(often[None]).quantize(_COLOURS - _EXACT, Image.Quantize.MEDIANCUT)
        exact = np.concatenate([exact, np.array(cut.getpalette(), np.uint8).reshape(-1, 3)[: _COLOURS - _EXACT]])
    return np.concatenate([exact, np.zeros((_COLOURS - len(exact), 3), np.uint8)])


def _numbers(frame: Pixels) -> NDArray[np.uint32]:
    """Each colour as one number [H, W]."""
    red, green, blue = (frame[..., channel].astype(np.uint32) for channel in range(3))
    numbers: NDArray[np.uint32] = (red << np.uint32(16)) | (green << np.uint32(8)) | blue
    return numbers


def _channels(numbers: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The colours [n, 3] of those numbers."""
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=-1).astype(np.uint8)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG of our own."""
    at = 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + length]
        at += 12 + length
