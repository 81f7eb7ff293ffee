"""Edits of every kind, as JSON, with what they name kept in `engine.attachments`: what the tests of edits share."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine import mask, picture
from engine.latents import stored

SHAPE = (3, 4, 5)
"""The data of the pictures that these go with."""

HARD: NDArray[np.uint8] = np.zeros(SHAPE[1:], np.uint8)
HARD[1:3, 2:] = 255
SOFT: NDArray[np.uint8] = np.linspace(0, 255, 20).astype(np.uint8).reshape(SHAPE[1:])
EMPTY: NDArray[np.uint8] = np.zeros(SHAPE[1:], np.uint8)

_GENERATOR = np.random.default_rng(5)
LATENT = _GENERATOR.standard_normal(SHAPE).astype(np.float32)
PIXELS = (127.5 + 120 * np.sin(np.arange(60)).reshape(SHAPE)).astype(np.uint8)
"""Near one of the pictures about which `TinyPictures` has its data."""


def masked(pixels: NDArray[np.uint8], label: str = "eyes") -> dict[str, str]:
    """A mask as a Run names it."""
    return mask.keep(pixels, label).model_dump()


def latent(values: NDArray[np.floating] = LATENT, label: str = "digits 17") -> dict[str, str]:
    """A latent as a Run names it."""
    return stored.keep(values, label).model_dump()


def pictured(label: str = "digits 17") -> dict[str, str]:
    """A picture as a Run names it."""
    return picture.keep(PIXELS, label).model_dump()


KINDS: dict[str, dict[str, Any]] = {
    "move": {"step": 2, "particle": 1, "to": [0.5, -1.0]},
    "intensity": {"kind": "intensity", "strength": 0.1, "mask": masked(HARD), "particles": [3, 4]},
    "transfer": {"kind": "transfer", "source": 4, "particles": [5], "mask": masked(SOFT, "mouth"), "swap": True},
    "interpolate": {"kind": "interpolate", "between": [0, 1], "share": 0.3, "channel": 1, "step": 7},
    "set": {"kind": "set", "latent": latent(), "picture": pictured(), "particles": [2]},
}
"""One edit of each kind."""

_finite = st.floats(-1e6, 1e6)
_particle = st.integers(0, 999_999)
_regional: dict[str, st.SearchStrategy[Any]] = {
    "mask": st.none() | st.sampled_from([masked(HARD), masked(SOFT, "mouth")]),
    "channel": st.none() | st.integers(0, 1_000),
}
_later = {"step": st.integers(0, 10_000)}
_several = {"particles": st.none() | st.lists(_particle, min_size=1, max_size=3)}

ANY = st.one_of(
    st.fixed_dictionaries({**_later, "particle": _particle, "to": st.lists(_finite, min_size=1, max_size=16)}),
    st.fixed_dictionaries({"kind": st.just("intensity"), "strength": _finite, **_later, **_several, **_regional}),
    st.fixed_dictionaries(
        {
            "kind": st.just("transfer"),
            "source": _particle,
            "swap": st.booleans(),
            "particles": st.tuples(_particle).map(list),
            **_later,
            **_regional,
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("interpolate"),
            "between": st.tuples(_particle, _particle).map(list),
            "share": st.floats(0, 1),
            **_later,
            **_several,
            **_regional,
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("set"),
            "latent": st.just(latent()),
            "picture": st.none() | st.just(pictured()),
            **_several,
            **_regional,
        }
    ),
)
"""Edits of all kinds, as they may stand in a Run."""
