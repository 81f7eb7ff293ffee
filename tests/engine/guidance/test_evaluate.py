"""evaluate, through which every sampler sees a model: the drift, the guides, gradients only where asked for."""
# spec: G5

from __future__ import annotations

import weakref

import pytest
import torch
from torch import Tensor

from engine.denoiser import in_blocks
from engine.guidance import evaluate
from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from tests.engine.tiny import TinyMixture

X = torch.linspace(-3, 3, 14, dtype=torch.float64).reshape(7, 2)


class Constant:
    """Pushes by `amount`; remembers whether gradients were on."""

    needs_gradient = False

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self.saw_gradients: list[bool] = []

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        self.saw_gradients.append(torch.is_grad_enabled() and denoised.requires_grad)
        return torch.full_like(x, self.amount)


class Onward(Constant):
    """Pushes along the estimate, with the graph still on it."""

    needs_gradient = True

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        return super().__call__(x, denoised, sigma) * denoised


class Uphill(Constant):
    """Pushes along the gradient, in x, of the sum of the squared estimates."""

    needs_gradient = True

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        self.graph = weakref.ref(denoised)
        return super().__call__(x, denoised, sigma) + torch.autograd.grad((denoised**2).sum(), x)[0]


@pytest.mark.parametrize("sigma", [0.7, torch.linspace(0.1, 3, 7, dtype=torch.float64)], ids=["float", "each"])
def test_drift(sigma: float | Tensor) -> None:
    denoise = TinyMixture().denoise
    denoised, drift, guidance = evaluate(denoise, (), X, sigma)
    assert torch.equal(denoised, denoise(X, sigma))
    torch.testing.assert_close(drift, (X - denoised) / torch.as_tensor(sigma, dtype=X.dtype).reshape(-1, 1))
    assert guidance is None


def test_the_drift_points_along_the_score() -> None:
    """d = -sigma times the score, here of N(0, 1) noised: the score is -x / (1 + sigma^2)."""
    _, drift, _ = evaluate(lambda x, sigma: x / (1 + sigma**2), (), X, 0.5)
    torch.testing.assert_close(drift, 0.5 * X / 1.25)


def test_guides_are_summed_beside_the_drift() -> None:
    denoise = TinyMixture().denoise
    plain = evaluate(denoise, (), X, 0.7)
    denoised, drift, guidance = evaluate(denoise, (Constant(0.25), Constant(0.5)), X, 0.7)
    assert torch.equal(denoised, plain[0])
    assert torch.equal(drift, plain[1])
    assert guidance is not None
    assert torch.equal(guidance, torch.full_like(X, 0.75))


def test_no_gradients_unless_asked_for() -> None:
    modes: list[bool] = []
    guide = Constant(1.0)
    with torch.enable_grad():
        evaluate(TinyMixture(lambda x: modes.append(torch.is_grad_enabled())).denoise, (guide,), X, 0.7)
        assert torch.is_grad_enabled()
    assert modes == guide.saw_gradients == [False]


@pytest.mark.parametrize("ambient", [True, False])
def test_gradients_where_one_guide_asks(ambient: bool) -> None:
    """Also when the worker has switched them off, and through blocks of which the last is padded."""
    denoise = in_blocks(TinyMixture(), 4, torch.float64)
    plain, uphill = Constant(0.0), Uphill(0.0)
    with torch.set_grad_enabled(ambient):
        denoised, _, guidance = evaluate(denoise, (plain, uphill), X, 0.7)
        assert torch.is_grad_enabled() is ambient
    assert plain.saw_gradients == uphill.saw_gradients == [True]
    assert guidance is not None
    h = 1e-6
    for p, axis in ((0, 0), (3, 1), (6, 0)):
        moved = torch.zeros_like(X)
        moved[p, axis] = h
        rise = (denoise(X + moved, 0.7) ** 2).sum() - (denoise(X - moved, 0.7) ** 2).sum()
        assert guidance[p, axis].item() == pytest.approx(rise.item() / (2 * h), rel=1e-6)
    assert torch.equal(denoised, denoise(X, 0.7)), "gradients change no value"


def test_no_graph_is_kept() -> None:
    uphill = Uphill(0.1)
    results = evaluate(TinyMixture().denoise, (uphill, Onward(0.1)), X, 0.7)
    assert not any(result is not None and (result.requires_grad or result.grad_fn) for result in results)
    assert uphill.graph() is None
    assert not X.requires_grad


def test_no_graph_grows_along_a_trajectory() -> None:
    taken = list(SAMPLERS["heun"](TinyMixture().denoise, X, edm(4), noise=Noise(0), guides=(Onward(0.1),), churn=1.0))
    tensors = [tensor for step in taken for tensor in step.tensors()]
    assert len(tensors) == 4 * 6 - 1 + 1  # four steps of six fields, the last one not corrected, and the last state
    assert not any(tensor.requires_grad for tensor in tensors)


class Told(Constant):
    """Remembers the levels that it is told."""

    def __init__(self) -> None:
        super().__init__(0.1)
        self.levels: list[float | Tensor] = []

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        self.levels.append(sigma)
        return super().__call__(x, denoised, sigma)


def test_guides_are_told_the_schedules_own_level() -> None:
    told, denoise = Told(), TinyMixture().denoise
    raised = torch.linspace(0.8, 0.9, 7, dtype=torch.float64)
    denoised, drift, _ = evaluate(denoise, (told,), X, raised, 0.7)
    evaluate(denoise, (told,), X, 0.7)
    assert told.levels == [0.7, 0.7]
    assert torch.equal(denoised, denoise(X, raised))
    assert torch.equal(drift, (X - denoised) / raised[:, None])


def test_under_churn_guides_are_told_t_and_not_the_raised_level() -> None:
    told, sigmas = Told(), edm(4)
    taken = list(SAMPLERS["heun"](TinyMixture().denoise, X, sigmas, noise=Noise(0), guides=(told,), churn=1.0))
    assert told.levels == sigmas.tolist()[:-1]
    assert all(step.sigma_hat > step.sigma for step in taken[:-1])  # type: ignore[operator]
