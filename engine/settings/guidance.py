"""The settings of particle guidance, with their text for people. No torch.

`engine.guidance.particle` makes the guide of them; a kernel is a name in `engine.guidance.kernels.KERNELS`.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from engine.settings.base import Frozen

Kernel = Literal["rbf", "iou", "l1", "mahalanobis", "angular", "features"]

KERNEL_LABELS: dict[str, str] = {
    "rbf": "RBF (squared L2)",
    "iou": "IoU (Jaccard)",
    "l1": "L1",
    "mahalanobis": "Mahalanobis",
    "angular": "Angle about the origin",
    "features": "Classifier features",
}
"""What people call the kernels."""

KERNEL_TIPS: dict[str, str] = {
    "rbf": "k = exp(−‖x − y‖² / h): pixels, or coordinates, as they are.",
    "iou": "k = exp(−(1 − IoU) / h): how far the ink of two pictures overlaps, on [0, 1].",
    "l1": "k = exp(−‖x − y‖₁ / h): the sum of the absolute differences.",
    "mahalanobis": "k = exp(−(x − y)ᵀ C⁻¹ (x − y) / h) with the group's covariance C, shrunk towards a multiple of I.",
    "angular": "k = exp(−Δθ² / h): only the angle about the origin counts, so the force turns a particle about it.",
    "features": "k = exp(−‖f(x) − f(y)‖² / h) with the features f of the digit classifier.",
}
"""One sentence for each kernel."""


class GuidanceSettings(Frozen):
    """Particle guidance (Corso et al. 2023, equation 4; J. Kleutgens's thesis, algorithm 2 with the sign that repels).

    The drift of particle b becomes d_b + k_PG(t) grad_b sum_{j != b} k(x_b, x_j), j in its group. With k_PG 0 the
    particles are independent, bit for bit.
    """

    k_pg: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        title="k_PG",
        description="Strength of particle guidance: how hard the particles of a group push each other apart. "
        "0 draws them independently.",
    )
    kernel: Kernel = Field(
        default="rbf", title="Kernel", description="What makes two particles alike, and so push each other away."
    )
    bandwidth: Literal["median", "fixed", "sigma"] = Field(
        default="median",
        title="Bandwidth",
        description="How far the kernel reaches. median: h = median distance / ln B of the group at each step, as in "
        "SVGD. fixed: h is the width. sigma: h = width · σ.",
    )
    width: float = Field(
        default=1.0,
        ge=1e-9,
        le=1e9,
        title="h",
        description="Bandwidth h of the kernel exp(−distance / h): h itself where it is fixed, h / σ where it follows "
        "σ, and without effect with the median.",
    )
    over_time: Literal["proportional", "constant"] = Field(
        default="proportional",
        title="k_PG(t)",
        description="proportional: k_PG · t, strong at high noise where it is decided what is drawn (a constant α in "
        "the potential). constant: the same at all levels.",
    )
    sees: Literal["denoised", "state"] = Field(
        default="denoised",
        title="Kernel sees",
        description="denoised: the estimates x₀ = D(x; σ), without a gradient through the model. state: the noisy x.",
    )
    over_particles: Literal["sum", "mean"] = Field(
        default="sum",
        title="Over particles",
        description="sum over the others of the group, or that divided by the group's size B, so that k_PG means the "
        "same in groups of any size.",
    )


KERNEL_NAMES: tuple[str, ...] = get_args(Kernel)
