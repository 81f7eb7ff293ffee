"""Kernels of particle guidance by name: similarities inside groups of particles, with closed-form gradients.

`KERNELS[name].value(x, bandwidth)` [G, B, B] and `.gradient(x, bandwidth)`, shaped as x [G, B, ...]; see `base.Kernel`.
Adding one = a file with a `Kernel`, a line here and one in `engine.settings.guidance`.
"""

from engine.guidance.kernels.angular import Angular
from engine.guidance.kernels.base import Kernel
from engine.guidance.kernels.features import Features
from engine.guidance.kernels.iou import IoU
from engine.guidance.kernels.l1 import L1
from engine.guidance.kernels.mahalanobis import Mahalanobis
from engine.guidance.kernels.rbf import RBF

KERNELS: dict[str, Kernel] = {
    "rbf": RBF(),
    "iou": IoU(),
    "l1": L1(),
    "mahalanobis": Mahalanobis(),
    "angular": Angular(),
    "features": Features(),
}
