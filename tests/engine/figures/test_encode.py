"""Films: as many frames as asked, each as long as asked, the pixels that were given, the same bytes again."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from PIL import Image

from engine.figures.encode import ENCODERS
from engine.figures.sheet import Film

FILM = Film(rate=5.0, hold=1.0)


def frames(count: int = 4, height: int = 31, width: int = 45) -> list[np.ndarray]:
    """A bar that moves over grey levels on white, and noise in one corner."""
    shown = np.full((count, height, width, 3), 255, np.uint8)
    shown[:, 20:25, :40] = np.arange(0, 240, 6, dtype=np.uint8)[:, None]
    shown[:, :8, :8] = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3))
    for index in range(count):
        shown[index, 10:16, 5 * index : 5 * index + 10] = (0, 114, 178)
    return list(shown)


def encoded(kind: str, given: list[np.ndarray], film: Film = FILM) -> bytes:
    encoder = ENCODERS[kind](film, len(given))
    for frame in given:
        encoder.add(frame)
    return encoder.finish()


def decoded(content: bytes) -> tuple[list[np.ndarray], list[float], int | None]:
    """Frames, how long each is shown in ms, and how often all are: 0 is without end."""
    with Image.open(io.BytesIO(content)) as film:
        shown, times = [], []
        for index in range(film.n_frames):
            film.seek(index)
            shown.append(np.asarray(film.convert("RGB")))
            times.append(film.info["duration"])
        return shown, times, film.info.get("loop")


@pytest.mark.parametrize("kind", ["gif", "apng", "mp4"])
def test_the_same_frames_give_the_same_bytes(kind: str) -> None:
    assert encoded(kind, frames()) == encoded(kind, frames())


@pytest.mark.parametrize("kind", ["gif", "apng"])
@pytest.mark.parametrize("loop", [True, False])
def test_frames_stay_as_long_as_asked_and_begin_anew_if_asked(kind: str, loop: bool) -> None:
    given = [*frames(3), frames(3)[-1]]  # the last one changes nothing
    shown, times, again = decoded(encoded(kind, given, Film(rate=5.0, hold=1.5, loop=loop)))
    assert times == [200, 200, 200, 1500]
    assert again == (0 if loop else None if kind == "gif" else 1)
    assert len(shown) == 4


def test_an_apng_has_every_pixel() -> None:
    shown, _, _ = decoded(encoded("apng", frames()))
    assert all((one == other).all() for one, other in zip(shown, frames(), strict=True))


def test_a_gif_has_the_frequent_colours_exactly_and_no_noise() -> None:
    given = frames()
    shown, _, _ = decoded(encoded("gif", given))
    for one, other in zip(shown, given, strict=True):
        assert (one[8:] == other[8:]).all()  # white, greys and the bar
        assert np.abs(one.astype(int) - other).max() <= 80  # 256 colours of noise cannot be exact
    few = [frame[8:] for frame in given]
    assert all((one == other).all() for one, other in zip(decoded(encoded("gif", few))[0], few, strict=True))


def test_an_mp4_plays_everywhere() -> None:
    given = frames()
    with av.open(io.BytesIO(encoded("mp4", given))) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.pix_fmt, stream.average_rate) == ("yuv420p", 5)
        assert (stream.width, stream.height) == (46, 32)  # even
        assert "creation_time" not in film.metadata
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(shown) == 3 + 5  # the last one for a second
    assert (shown[0][28:, 44:] >= 253).all()
    flat = shown[-1][12:14, 18:22].astype(int)
    assert np.abs(flat - (0, 114, 178)).max() <= 8
