"""Samplers: generators of Steps, all with one signature, named in `SAMPLERS`.

`NAME(denoise, x, sigmas, *, noise, guides=(), start=0, carry=None, **own) -> Iterator[Step]`. x [N, ...] is
the state at sigmas[start]; sigmas is the whole schedule, 1-D float64, falling to 0; for heun, euler, ddim and ode, as
long as they add no noise, it may also rise, from 0 or from any level. Called by `execute` and `latents.inversion`;
usable alone.
"""

from engine.samplers.ddim import ddim
from engine.samplers.ddpm import ddpm
from engine.samplers.euler import euler
from engine.samplers.euler_maruyama import euler_maruyama
from engine.samplers.gradient_estimation import gradient_estimation
from engine.samplers.heun import heun
from engine.samplers.langevin import langevin
from engine.samplers.noising import noising
from engine.samplers.ode import ode
from engine.samplers.predictor_corrector import predictor_corrector
from engine.samplers.schedulers import deis, dpm_solver, pndm, unipc
from engine.step import Sampler

SAMPLERS: dict[str, Sampler] = {
    "heun": heun,
    "euler": euler,
    "ddpm": ddpm,
    "ddim": ddim,
    "gradient-estimation": gradient_estimation,
    "euler-maruyama": euler_maruyama,
    "ode": ode,
    "predictor-corrector": predictor_corrector,
    "langevin": langevin,
    "pndm": pndm,
    "dpm-solver++": dpm_solver,
    "deis": deis,
    "unipc": unipc,
    "noising": noising,
}
