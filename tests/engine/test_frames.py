"""Frames of the user's choice: from a PNG or a sequence to values and back; what is none of them is refused."""
# spec: T4 A5

from __future__ import annotations

import io
import re
import struct
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from engine import attachments, frames
from engine.data import mnist, sequences
from engine.errors import InputError
from engine.models.catalogue import named
from engine.run import MOST_EXAMPLES, FramesReference

SHAPE = (3, 6, 4)
EXAMPLES = np.random.default_rng(0).integers(0, 256, (5, *SHAPE), np.uint8)
NOT_THESE = r"^The frames 'f' are not 3 of 6 × 4 in grey, as the model needs them: choose frames of its own data\.$"
DAMAGED = r"^The frames 'f' are damaged: choose them again\.$"


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def sheet(height: int = 30, width: int = 12) -> Image.Image:
    return Image.fromarray(np.arange(height * width).astype(np.uint8).reshape(height, width))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def claiming(width: int, height: int) -> bytes:
    """A PNG that says it is so large and holds a line at most."""
    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(width + 1))) + chunk(b"IEND", b"")


def stored(content: bytes) -> FramesReference:
    return FramesReference(label="f", sha256=attachments.put(content))


# -- values ------------------------------------------------------------------------------------------------------------


@given(st.tuples(*[st.integers(1, 4)] * 4).flatmap(lambda shape: arrays(np.uint8, shape)))
def test_frames_come_back_as_values_of_the_engine(examples: np.ndarray) -> None:
    kept = frames.keep(examples, "f")
    assert np.array_equal(frames.pixels(kept, examples.shape[1:]), examples)
    values = frames.values(kept, examples.shape[1:])
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, examples / 127.5 - 1, rtol=0, atol=2e-7)
    assert abs(values).max() <= 1
    assert frames.keep(examples, "f") == kept


def test_the_ends_are_exact() -> None:
    ends = np.array([[[[0, 255]]]], np.uint8)
    assert frames.values(frames.keep(ends, "f"), (1, 1, 2)).ravel().tolist() == [-1.0, 1.0]


def test_an_example_is_a_row_and_its_frames_stand_side_by_side() -> None:
    with Image.open(io.BytesIO(attachments.get(frames.keep(EXAMPLES, "f").sha256))) as file:
        assert (file.format, file.mode, file.size) == ("PNG", "L", (12, 30))
        drawn = np.asarray(file)
    assert np.array_equal(drawn[6:12, 4:8], EXAMPLES[1, 1])


def test_more_than_a_run_can_name_is_refused() -> None:
    most = np.zeros((MOST_EXAMPLES, 1, 1, 1), np.uint8)
    assert len(frames.pixels(frames.keep(most, "f"), (1, 1, 1))) == MOST_EXAMPLES
    with pytest.raises(InputError, match=r"^65,537 examples of 1 frames are more than a Run can name: give it 65,536"):
        frames.keep(np.concatenate([most, most[:1]]), "f")
    with pytest.raises(InputError, match=r"^0 examples"):
        frames.keep(most[:0], "f")
    huge = np.broadcast_to(np.uint8(0), (1, 1, 8193, 8192))
    with pytest.raises(InputError, match="of 67,108,864 values together"):
        frames.keep(huge, "f")


@pytest.mark.parametrize("label", ["a/b\\c", "a\nb", "", "x" * 300])
def test_any_words_make_a_label(label: str) -> None:
    kept = frames.keep(EXAMPLES, label)
    assert kept.label.isprintable()
    assert 0 < len(kept.label) <= 200


# -- what is refused ---------------------------------------------------------------------------------------------------

OTHERS = {
    "colour": encoded(sheet().convert("RGB")),
    "palette": encoded(sheet().convert("P")),
    "sixteen bits": encoded(sheet().convert("I;16")),
    "black and white": encoded(sheet().convert("1")),
    "opacity": encoded(sheet().convert("LA")),
    "too narrow": encoded(sheet(30, 11)),
    "one frame": encoded(sheet(30, 4)),
    "half an example": encoded(sheet(33)),
    "over the limit": claiming(12, 6 * 10**6),
    "more than a Run names": claiming(12, 6 * (MOST_EXAMPLES + 1)),
}

BROKEN = {
    "nothing": b"",
    "no picture": b"rubbish",
    "a JPEG": encoded(sheet(), "JPEG"),
    "its signature alone": b"\x89PNG\r\n\x1a\nrubbish",
    "cut short": encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 12), np.uint8)))[:-60],
    "a bomb": claiming(12, 2**31 - 1),
    "another bomb": claiming(60_000, 60_000),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", [*OTHERS, *BROKEN])
def test_what_is_no_frames_is_refused_in_one_sentence_and_takes_no_memory(name: str, tmp_path: Path) -> None:
    content = {**OTHERS, **BROKEN}[name]
    reference = stored(content)
    tracemalloc.start()
    with pytest.raises(InputError, match=NOT_THESE if name in OTHERS else DAMAGED):
        frames.values(reference, SHAPE)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert not frames.suit(reference, SHAPE)
    path = tmp_path / "f"
    path.write_bytes(content)
    says = NOT_THESE if name in OTHERS else r"^f cannot be read as frames \(.+\): choose a PNG\.$"
    with pytest.raises(InputError, match=says):
        frames.of_file(path, SHAPE)


def test_frames_that_are_not_here_say_so() -> None:
    missing = FramesReference(label="f", sha256="e" * 64)
    with pytest.raises(InputError, match=r"^What the Run names by eeeeeeeeeeee is not here"):
        frames.values(missing, SHAPE)
    assert not frames.suit(missing, SHAPE)


@pytest.mark.parametrize("shape", [None, (2,), (1, 2, 3, 4)])
def test_a_model_that_is_given_no_frames_says_so(shape: tuple[int, ...] | None, tmp_path: Path) -> None:
    kept, path = frames.keep(EXAMPLES, "f"), tmp_path / "f.png"
    path.write_bytes(attachments.get(kept.sha256))
    for read in (lambda: frames.values(kept, shape), lambda: frames.of_file(path, shape)):
        with pytest.raises(InputError, match=r"^The model is given no frames: choose one that draws the next frame"):
            read()
    assert not frames.suit(kept, shape)


# -- files and sequences -----------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_its_name(tmp_path: Path) -> None:
    kept = frames.keep(EXAMPLES, "mine.png")
    path = tmp_path / "mine.png"
    path.write_bytes(attachments.get(kept.sha256))
    assert frames.of_file(path, SHAPE) == kept
    assert frames.suit(kept, SHAPE)
    with pytest.raises(InputError, match=r"^none\.png cannot be read as frames \(No such file or directory\)"):
        frames.of_file(tmp_path / "none.png", SHAPE)


def test_frames_of_a_sequence_are_called_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    info = replace(named("circle"), data="horizontal", cond_shape=(3, 32, 32))
    found = sequences.of(info)
    assert found is not None
    kept = frames.of_sequence(info, 7, 13)
    assert kept.label == found.name(7, 13)
    assert np.array_equal(frames.pixels(kept, (3, 32, 32)), found.pick(7).frames[None, 13:])


@pytest.mark.parametrize(
    ("model", "number", "first", "says"),
    [
        ("circle", 7, 2, "A sequence has 2 frames, 1 of them given: begin at 0 to 1."),
        ("circle", 7, -1, "A sequence has 2 frames, 1 of them given: begin at 0 to 1."),
        ("circle", 10_000, 0, "There is no sequence 10000: choose one from 0 to 9,999."),
        ("ring", 0, 0, "ring draws no next frames of sequences: choose a model that does, such as circle."),
    ],
)
def test_frames_that_no_sequence_has_are_refused(model: str, number: int, first: int, says: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(says)}$"):
        frames.of_sequence(named(model), number, first)
