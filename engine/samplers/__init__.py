"""Samplers: generators of Steps, all with one signature, named in `SAMPLERS`.

`NAME(denoise, x, sigmas, *, noise, guides=(), start=0, carry=None, **own) -> Iterator[Step]`. x [N, ...] is
the state at sigmas[start]; sigmas is the whole schedule, 1-D float64, falling to 0. Called by `execute`;
usable alone.
"""

from engine.samplers.heun import heun
from engine.step import Sampler

SAMPLERS: dict[str, Sampler] = {"heun": heun}
