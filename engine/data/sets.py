"""The data sets that models train on, by name: batches as pure functions of (seed, step). No torch here.

`DATASETS` maps a name to its settings, which a training configuration holds and which `open` the set; `label` is what
people call it. Called by training and by the window's preview. Adding a set = its settings and a line in `DATASETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

import numpy as np
from pydantic import Field, SerializationInfo, field_serializer

from engine.data import digits, faces, lowdim, mnist, moving
from engine.errors import InputError
from engine.settings import Frozen

Batch = tuple[np.ndarray, np.ndarray | None]
"""x0 [N, *data_shape] and the condition [N, *cond_shape] or None, float32."""

COND_FRAMES = 3
"""Frames of a sequence that a model is given; it draws the next one."""

SHARED: Final = "shared"
"""The context in which settings are dumped for others' eyes: `model_dump(context=SHARED)` holds no path."""

_MEASURED = 8192
_FILES_MEASURED = 256  # of a folder, whose pictures may take long to decode
_MEASURE_STEP = 2**32 - 1  # a step that no training reaches


@dataclass(frozen=True)
class DataSet:
    """Where batches come from. `draw(generator, count)` makes one; `cond_shape` is None without a condition.

    `size` is how many examples there are, None where they are made anew, `measured` of how many `measure` tells,
    `skipped()` are the files that could not be read so far, each with the reason.
    """

    data_shape: tuple[int, ...]
    cond_shape: tuple[int, ...] | None
    draw: Callable[[np.random.Generator, int], Batch]
    size: int | None = None
    measured: int = _MEASURED
    skipped: Callable[[], Mapping[str, str]] = dict

    def batch(self, seed: int, step: int, count: int) -> Batch:
        """`count` examples, the same for the same arguments whatever was drawn before; seed and step are 0 or more."""
        return self.draw(np.random.default_rng([seed, step]), count)

    def measure(self) -> tuple[tuple[float, ...], float]:
        """The mean of each channel (coordinate) and the standard deviation of values about it."""
        x0, _ = self.batch(0, _MEASURE_STEP, self.measured)
        axes = (0, *range(2, x0.ndim))
        mean = x0.mean(axis=axes, dtype=np.float64, keepdims=True)
        deviation = np.sqrt(np.square(x0 - mean).mean(dtype=np.float64))
        return tuple(mean.ravel().tolist()), float(deviation)


class DigitSettings(Frozen):
    """MNIST's 60,000 training digits, 16x16 in the middle of a 32x32 frame (D1)."""

    label: ClassVar[str] = "MNIST's digits"

    name: Literal["digits"] = "digits"

    def open(self) -> DataSet:
        """Raises `InputError` without MNIST."""
        frames = digits.frame(_mnist())

        def draw(generator: np.random.Generator, count: int) -> Batch:
            return _to_engine(frames[generator.integers(len(frames), size=count)]), None

        return DataSet(digits.SHAPE, None, draw, len(frames))


class CircleSettings(Frozen):
    """MNIST digits that jump from the middle to one of eight places around it (D3); the first frame is given."""

    label: ClassVar[str] = "MNIST's digits, moved to one of eight places"

    name: Literal["circle"] = "circle"

    def open(self) -> DataSet:
        """Raises `InputError` without MNIST."""
        return _sequences(moving.circle, 1)


class FreeDirectionSettings(Frozen):
    """MNIST digits at constant velocity, a new one at the wall (D2); three frames are given."""

    label: ClassVar[str] = "MNIST's digits, moving"

    name: Literal["free-directions"] = "free-directions"

    def open(self) -> DataSet:
        """Raises `InputError` without MNIST."""
        return _sequences(moving.free_directions, COND_FRAMES)


class HorizontalSettings(Frozen):
    """MNIST digits going left and right, with a new direction at the centre (D4); three frames are given."""

    label: ClassVar[str] = "MNIST's digits, going left and right"

    name: Literal["horizontal"] = "horizontal"
    p_right: float = Field(
        default=0.5, ge=0, le=1, title="p(right)", description="Probability of going right from the centre."
    )

    def open(self) -> DataSet:
        """Raises `InputError` without MNIST."""
        return _sequences(lambda generator, count: moving.horizontal(generator, count, self.p_right), COND_FRAMES)


class FaceSettings(Frozen):
    """Toy faces drawn from attributes (D8)."""

    label: ClassVar[str] = "toy faces"

    name: Literal["faces"] = "faces"

    def open(self) -> DataSet:
        """New faces in every batch."""
        return DataSet(faces.SHAPE, None, lambda generator, count: (faces.draw(faces.sample(generator, count)), None))


class FolderSettings(Frozen):
    """Pictures below a folder of this machine, each cut to the square in its middle (D7)."""

    label: ClassVar[str] = "a folder of pictures"

    name: Literal["folder"] = "folder"
    path: str = Field(min_length=1, max_length=4096, description="The folder that holds the pictures.")
    size: int = Field(default=32, ge=8, le=1024, description="Rows and columns that pictures are resized to.")
    grey: bool = Field(default=False, description="One channel instead of red, green and blue.")

    @field_serializer("path")
    def _name_alone(self, path: str, info: SerializationInfo) -> str:
        return (Path(path).name or self.name) if info.context == SHARED else path

    def open(self) -> DataSet:
        """Raises `InputError` if there is no such folder or nothing in it can be read."""
        from engine.data.folder import Folder  # here, for Pillow

        pictures = Folder(Path(self.path).expanduser(), self.size, self.grey)
        return DataSet(
            pictures.data_shape,
            None,
            lambda generator, count: (pictures.draw(generator, count), None),
            len(pictures.names),
            _FILES_MEASURED,
            lambda: dict(pictures.skipped),
        )


class MixtureSettings(Frozen):
    """Points of a Gaussian mixture in one or two dimensions (D5, D6)."""

    label: ClassVar[str] = "a Gaussian mixture"

    name: Literal["mixture"] = "mixture"
    which: Literal["mixture-1d", "symmetric-2d", "asymmetric-2d", "shifted-2d", "bimodal-2d"] = Field(
        default="mixture-1d", description="Name of the mixture, as among the exact models."
    )

    def open(self) -> DataSet:
        """New points in every batch."""

        def draw(generator: np.random.Generator, count: int) -> Batch:
            return lowdim.mixture(generator, count, self.which), None

        means, _ = lowdim.MIXTURES[self.which]
        return DataSet((len(means[0]),), None, draw)


class SCurveSettings(Frozen):
    """Points about an S-shaped curve in the plane (D6)."""

    label: ClassVar[str] = "an S-curve"

    name: Literal["s-curve-2d"] = "s-curve-2d"
    noise: float = Field(default=0.15, ge=0, le=10, description="Standard deviation about the curve, before scaling.")

    def open(self) -> DataSet:
        """New points in every batch."""
        return DataSet((2,), None, lambda generator, count: (lowdim.s_curve(generator, count, self.noise), None))


Data = (
    DigitSettings
    | CircleSettings
    | FreeDirectionSettings
    | HorizontalSettings
    | FaceSettings
    | FolderSettings
    | MixtureSettings
    | SCurveSettings
)

DATASETS: dict[str, type[Data]] = {
    settings.model_fields["name"].default: settings
    for settings in (
        DigitSettings,
        CircleSettings,
        FreeDirectionSettings,
        HorizontalSettings,
        FaceSettings,
        FolderSettings,
        MixtureSettings,
        SCurveSettings,
    )
}


def _sequences(walk: Callable[[np.random.Generator, int], np.ndarray], given: int) -> DataSet:
    """MNIST digits on the way that `walk(generator, count)` gives as places [count, T, 2]: x0 is the frame after
    `given` others, taken from anywhere in the sequence.
    """
    pictures = _mnist()

    def draw(generator: np.random.Generator, count: int) -> Batch:
        digit = pictures[generator.integers(len(pictures), size=count)]
        places = moving.windows(generator, walk(generator, count), given + 1)
        frames = _to_engine(moving.render(digit, places))
        return frames[:, given:], frames[:, :given]

    return DataSet(digits.SHAPE, (given, *digits.SHAPE[1:]), draw)


def _mnist() -> np.ndarray:
    """MNIST's training digits, uint8 [60000, 16, 16]. Raises `InputError` where they are not found."""
    folder = mnist.find()
    if folder is None:
        raise InputError(f"MNIST was not found: name the folder that holds its four files in {mnist.FOLDER}.")
    return digits.shrink(mnist.load(folder)[0])


def _to_engine(pictures: np.ndarray) -> np.ndarray:
    """Pictures of bytes 0 .. 255 as float32 in [-1, 1]."""
    return pictures.astype(np.float32) * np.float32(1 / 127.5) - 1
