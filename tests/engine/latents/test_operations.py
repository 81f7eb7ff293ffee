"""Operations: an edited latent is what the formula says, to the bit, and stays what it was where nothing is edited."""
# spec: L2 L3 L4 L8

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy.spatial import geometric_slerp
from torch import Tensor

from engine import attachments
from engine.errors import InputError
from engine.latents.operations import OPERATIONS, Split, apply, blend, slerp
from engine.noise import LATENT as STEP
from engine.noise import Noise
from engine.settings.edits import EDITS, edit
from tests.engine.edited import EMPTY, HARD, LATENT, SHAPE, SOFT, latent, masked

N = Noise(7)(STEP, torch.empty(5, *SHAPE, dtype=torch.float64))
MASKS = {"whole": None, "hard": HARD, "soft": SOFT}


def edited(*changes: dict[str, Any], n: Tensor = N) -> Tensor:
    """The latents n [5, 3, 4, 5] after those edits at Step 0."""
    split = Split(torch.zeros_like(n), n.clone(), 80.0, {particle: particle for particle in range(len(n))}, {})
    for each in changes:
        apply(split, edit(each))
    assert not split.base.any()
    return split.n


def places(pixels: NDArray[np.uint8] | None) -> dict[str, Any]:
    """A mask as an edit has it."""
    return {} if pixels is None else {"mask": masked(pixels)}


def m_of(pixels: NDArray[np.uint8] | None) -> Tensor:
    """Its weights m [3, 4, 5]."""
    m = np.ones(SHAPE) if pixels is None else np.broadcast_to(pixels / 255, SHAPE)
    return torch.from_numpy(m.copy())


def bits(x: Tensor) -> bytes:
    return x.numpy().tobytes()


masks = arrays.arrays(np.uint8, SHAPE[1:], elements=st.sampled_from([0, 0, 1, 100, 254, 255]))


# -- intensity -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("channel", [None, 0, 2])
def test_intensity_adds_lambda_m(name: str, channel: int | None) -> None:
    m = m_of(MASKS[name])
    if channel is not None:
        m[[c for c in range(3) if c != channel]] = 0
    change = {"kind": "intensity", "strength": -0.3, "channel": channel, "particles": [1, 3], **places(MASKS[name])}
    after = edited(change)
    assert torch.equal(after[[1, 3]], N[[1, 3]] + -0.3 * m)
    assert bits(after[[0, 2, 4]]) == bits(N[[0, 2, 4]])


# -- transfer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MASKS)
def test_transfer_mixes_by_the_mask(name: str) -> None:
    m = m_of(MASKS[name])
    after = edited({"kind": "transfer", "source": 4, "particles": [0, 2], **places(MASKS[name])})
    for particle in (0, 2):
        mixed = (m * N[4] + (1 - m) * N[particle]) / (m**2 + (1 - m) ** 2).sqrt()
        assert torch.equal(after[particle], mixed)
    assert bits(after[[1, 3, 4]]) == bits(N[[1, 3, 4]])


def test_a_hard_mask_copies() -> None:
    after = edited({"kind": "transfer", "source": 4, **places(HARD)})
    inside = m_of(HARD) == 1
    assert torch.equal(after, torch.where(inside, N[4], N))


@pytest.mark.parametrize("name", MASKS)
def test_a_swap_is_two_transfers_of_what_stood_there(name: str) -> None:
    one, other = (
        {"kind": "transfer", "source": a, "particles": [b], **places(MASKS[name])} for a, b in ((4, 1), (1, 4))
    )
    after = edited({**one, "swap": True})
    assert torch.equal(after[1], edited(one)[1])
    assert torch.equal(after[4], edited(other)[4])
    assert bits(after[[0, 2, 3]]) == bits(N[[0, 2, 3]])


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "transfer", "source": 0, "particles": [1]},
        {"kind": "interpolate", "between": [0, 2], "share": 0.4, "particles": [1]},
        {"kind": "set", "particles": [1]},
    ],
    ids=lambda change: str(change["kind"]),
)
@pytest.mark.parametrize("m", [0.2, 0.5, 0.9])
def test_through_a_soft_mask_the_variance_stays_one(change: dict[str, Any], m: float) -> None:
    shape = (1, 200, 250)
    n = Noise(3)(STEP, torch.empty(3, *shape, dtype=torch.float64))
    if change["kind"] == "set":
        change = {**change, "latent": latent(n[0].numpy())}
    after = edited({**change, **places(np.full(shape[1:], round(255 * m), np.uint8))}, n=n)[1]
    assert abs(after.var().item() - 1) < 4 * math.sqrt(2 / after.numel())
    assert abs(after.mean().item()) < 4 / math.sqrt(after.numel())
    assert not torch.isclose(after, n[1]).all()


# -- interpolate and set ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.5, 0.77])
def test_slerp_is_that_of_scipy(share: float) -> None:
    a, b = (vector / vector.norm() for vector in N[:2].flatten(1))
    expected = geometric_slerp(a.numpy(), b.numpy(), np.array([share]))[0]
    np.testing.assert_allclose(slerp(a, b, share).numpy(), expected, rtol=0, atol=1e-14)


def test_slerp_keeps_the_length_and_ends_where_it_says() -> None:
    a, b = N[0], N[1] * (N[0].norm() / N[1].norm())
    assert all(math.isclose(slerp(a, b, share).norm(), a.norm(), rel_tol=1e-14) for share in (0.01, 0.3, 0.5, 0.99))
    assert bits(slerp(a, b, 0.0)) == bits(a)
    assert bits(slerp(a, b, 1.0)) == bits(b)
    assert torch.equal(slerp(a, b, 0.25), slerp(b, a, 0.75))


def test_without_a_great_circle_it_is_the_straight_line() -> None:
    a = N[0]
    torch.testing.assert_close(slerp(a, 3 * a, 0.25), 1.5 * a, rtol=1e-14, atol=0)
    torch.testing.assert_close(slerp(a, -a, 0.25), 0.5 * a, rtol=1e-14, atol=0)
    torch.testing.assert_close(slerp(torch.zeros_like(a), a, 0.25), 0.25 * a, rtol=1e-14, atol=0)
    assert bits(slerp(a, a.clone(), 0.3)) == bits(a)


@pytest.mark.parametrize("name", MASKS)
def test_interpolated_particles_come_to_one_point_of_the_circle(name: str) -> None:
    between = {"kind": "interpolate", "between": [0, 1], "share": 0.3, "particles": [2, 3], **places(MASKS[name])}
    after, m = edited(between), m_of(MASKS[name])
    for particle in (2, 3):
        assert torch.equal(after[particle], blend(N[particle], slerp(N[0], N[1], 0.3), m))
    assert bits(after[[0, 1, 4]]) == bits(N[[0, 1, 4]])


@pytest.mark.parametrize("name", MASKS)
def test_a_latent_is_put_there(name: str) -> None:
    after = edited({"kind": "set", "latent": latent(), "particles": [2], **places(MASKS[name])})
    assert torch.equal(after[2], blend(N[2], torch.from_numpy(LATENT).double(), m_of(MASKS[name])))
    assert bits(after[[0, 1, 3, 4]]) == bits(N[[0, 1, 3, 4]])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.full(SHAPE, np.nan), "The latent 'digits 17' is damaged: invert its picture again."),
        (np.zeros((1, 4, 5)), "The latent 'digits 17' was made for a model of another shape than 3 × 4 × 5: invert "),
    ],
    ids=["not finite", "of another shape"],
)
def test_a_latent_that_does_not_fit_is_refused(values: NDArray[np.float64], says: str) -> None:
    with pytest.raises(InputError) as refused:
        edited({"kind": "set", "latent": latent(values)})
    assert str(refused.value).startswith(says)


def npy(header: str) -> bytes:
    """The bytes of an npy with that header, and as many values as there should be."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(4 * math.prod(SHAPE))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (3, 4, 5)}",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (3, 4, 5)}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4, 5)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9**9**9,)}",
        "{" + 9000 * "(",
        9000 * "-" + "1",
        "{[]: 1}",
    ],
    ids=["pickled", "turned about", "Fortran", "a power", "deep", "long", "a list"],
)
def test_a_hostile_latent_is_refused_in_one_sentence(header: str) -> None:
    reference = {"label": "digits 17", "sha256": attachments.put(npy(header))}
    with pytest.raises(InputError, match=r"^The latent 'digits 17' is damaged: invert its picture again\.$"):
        edited({"kind": "set", "latent": reference})


def test_a_particle_that_is_named_twice_is_changed_once() -> None:
    twice, once = (edited({"kind": "intensity", "strength": 0.3, "particles": each}) for each in ([1, 1], [1]))
    assert bits(twice) == bits(once)


# -- what stays, and in which order ----------------------------------------------------------------------------------


@given(masks)
def test_outside_of_the_mask_nothing_changes(pixels: NDArray[np.uint8]) -> None:
    where = places(pixels)
    outside = torch.from_numpy(pixels == 0)
    for change in (
        {"kind": "intensity", "strength": 0.7},
        {"kind": "transfer", "source": 4},
        {"kind": "transfer", "source": 4, "particles": [1], "swap": True},
        {"kind": "interpolate", "between": [0, 1], "share": 0.6},
        {"kind": "set", "latent": latent()},
    ):
        after = edited({**change, **where})
        assert bits(after[:, :, outside]) == bits(N[:, :, outside])
        assert not pixels.any() or not torch.equal(after, N)


@given(masks)
def test_an_edit_of_nothing_keeps_every_bit(pixels: NDArray[np.uint8]) -> None:
    for change in (
        {"kind": "intensity", "strength": 0.0, **places(pixels)},
        {"kind": "intensity", "strength": 3.0, **places(EMPTY)},
        {"kind": "transfer", "source": 2, "particles": [2], **places(pixels)},
        {"kind": "transfer", "source": 2, "particles": [2], "swap": True, **places(pixels)},
        {"kind": "transfer", "source": 2, **places(EMPTY)},
        {"kind": "interpolate", "between": [2, 0], "share": 0.0, "particles": [2], **places(pixels)},
        {"kind": "interpolate", "between": [2, 2], "share": 0.3, "particles": [2], **places(pixels)},
        {"kind": "set", "latent": latent(), **places(EMPTY)},
    ):
        assert bits(edited(change)) == bits(N), change


def test_edits_follow_one_another() -> None:
    brighter = {"kind": "intensity", "strength": 0.5, "particles": [4]}
    taken = {"kind": "transfer", "source": 4, "particles": [1]}
    assert torch.equal(edited(brighter, taken)[1], N[4] + 0.5)
    assert torch.equal(edited(taken, brighter)[1], N[4])


def test_every_kind_is_carried_out() -> None:
    assert OPERATIONS.keys() == EDITS.keys()
