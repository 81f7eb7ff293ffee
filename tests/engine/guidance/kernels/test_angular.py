"""The angular kernel: closed forms, turns of the plane, the origin. # spec: G2, G4"""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from engine.errors import InputError
from engine.guidance.kernels import KERNELS

ANGULAR = KERNELS["angular"]


def on_rays(degrees: list[float], radius: float = 1.0) -> Tensor:
    angle = torch.tensor([degrees], dtype=torch.float64).deg2rad()
    return radius * torch.stack([angle.cos(), angle.sin()], dim=2)


def test_two_points_by_hand() -> None:
    """A quarter turn apart at radius 2: the force is tangential, 2 / h times the angle, k and 1 / r."""
    x = on_rays([0, 90], radius=2)
    h, angle = 3.0, math.pi / 2
    force = 2 / h * angle * math.exp(-(angle**2) / h) / 2
    assert_close(ANGULAR.gradient(x, h), torch.tensor([[[0.0, force], [force, 0.0]]], dtype=torch.float64))


def test_angles_are_those_of_the_shorter_way() -> None:
    distance = ANGULAR.distance(on_rays([170, -170, 80, 0, 180]))[0].sqrt().rad2deg()
    assert_close(distance[0], torch.tensor([0.0, 20.0, 90.0, 170.0, 10.0], dtype=torch.float64))


@given(
    turn=st.floats(-math.pi, math.pi),
    seed=st.integers(0, 2**31),
    size=st.integers(2, 11),
)
def test_turning_the_plane_turns_the_forces(turn: float, seed: int, size: int) -> None:
    x = torch.randn(2, size, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    matrix = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], dtype=torch.float64)
    assert_close(ANGULAR.distance(x @ matrix), ANGULAR.distance(x), rtol=0, atol=1e-9)
    near = 1 / x.square().sum(2).min().sqrt()
    assert_close(ANGULAR.gradient(x @ matrix, 0.3), ANGULAR.gradient(x, 0.3) @ matrix, rtol=0, atol=1e-9 * float(near))


@given(seed=st.integers(0, 2**31), size=st.integers(2, 11))
def test_forces_only_turn_and_turn_no_group_as_a_whole(seed: int, size: int) -> None:
    x = torch.randn(1, size, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    gradient = ANGULAR.gradient(x, 0.5)
    assert_close((x * gradient).sum(2), torch.zeros(1, size, dtype=torch.float64), rtol=0, atol=1e-10)
    torque = x[..., 0] * gradient[..., 1] - x[..., 1] * gradient[..., 0]
    assert_close(torque.sum(1), torch.zeros(1, dtype=torch.float64), rtol=0, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_turns_a_point_at_the_origin(dtype: torch.dtype) -> None:
    x = torch.tensor([[[0.0, 0.0], [-0.0, -0.0], [1.0, 0.1], [1e-170, 1e-170], [1e-19, 0.0]]], dtype=dtype)
    gradient = ANGULAR.gradient(x, 1.0)
    assert gradient.isfinite().all()
    assert torch.equal(gradient[0, :2], torch.zeros(2, 2, dtype=dtype))
    assert gradient[0, 2].any()
    x.requires_grad_()
    assert torch.autograd.grad(ANGULAR.value(x, 1.0).sum(), x)[0].isfinite().all()


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 32, 32)])
def test_only_points_of_the_plane_have_angles(shape: tuple[int, ...]) -> None:
    x = torch.zeros(1, 2, *shape)
    for call in (lambda: ANGULAR.gradient(x, 1.0), lambda: ANGULAR.value(x, 1.0), lambda: ANGULAR.distance(x)):
        with pytest.raises(InputError, match="compares points of the plane"):
            call()
