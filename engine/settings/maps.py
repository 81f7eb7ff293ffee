"""The settings of a map: of what features, of which data, and UMAP's own parameters, with their text for people.

No torch. `engine.analysis.map_fit` makes a `Basemap` of them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.settings.base import Frozen


class MapSettings(Frozen):
    """How a plane is made that pictures, or points, are placed on by likeness (A3; McInnes et al. 2018)."""

    data: Literal["mnist", "handwritten-digits", "faces", "folder", "particles"] = Field(
        default="mnist",
        title="Data",
        description="What makes up the background: a data set, the pictures of a folder, or the particles drawn now.",
    )
    features: Literal["classifier", "values"] = Field(
        default="classifier",
        title="Features",
        description="classifier: 128 features of the digit classifier, behind Otsu's mask. values: pixels, or "
        "coordinates, as they are.",
    )
    count: int = Field(
        default=4000,
        ge=50,
        le=60_000,
        title="Count",
        description="Items of the data that are taken, drawn at random; of particles all.",
    )
    neighbours: int = Field(
        default=15,
        ge=2,
        le=200,
        title="Neighbours",
        description="UMAP's n_neighbors: few show the finest structure, many the whole.",
    )
    min_dist: float = Field(
        default=0.1,
        ge=0,
        le=0.99,
        title="Least distance",
        description="UMAP's min_dist: how close together points may lie on the plane.",
    )
    metric: Literal["euclidean", "cosine", "manhattan", "correlation"] = Field(
        default="euclidean", title="Metric", description="What makes two rows of features alike."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**31, title="Seed", description="The same seed gives the same map on this machine."
    )
