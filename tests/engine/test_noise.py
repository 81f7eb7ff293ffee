"""Counter-based noise: the generator's published answers, independence of the batch, and the normal distribution."""
# spec: L1

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from engine.errors import Interrupted
from engine.noise import LATENT, Noise, philox

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_known_answers(counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]) -> None:
    """The vectors of Random123's kat_vectors for philox4x32, 10 rounds; the least significant word first."""
    block, particle = (np.array([word], dtype=np.uint64) for word in counter[:2])
    words = philox(key[0] | key[1] << 32, block, particle, counter[2], counter[3])
    assert tuple(int(word[0]) for word in words) == answer


def like(count: int, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.empty(count, *shape, dtype=dtype)


@given(
    seed=st.integers(0, 2**63 - 1),
    step=st.integers(LATENT, 20_000),
    draw=st.integers(0, 100),
    particles=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12, unique=True),
    size=st.integers(1, 70),
)
def test_bits_depend_on_seed_particle_step_and_draw_alone(
    seed: int, step: int, draw: int, particles: list[int], size: int
) -> None:
    """Neither on the rest of the batch, nor on the order in it."""
    together = Noise(seed, particles)(step, like(len(particles), size), draw)
    for row, particle in enumerate(particles):
        alone = Noise(seed, [particle])(step, like(1, size), draw)
        assert torch.equal(together[row], alone[0])
    backwards = Noise(seed, particles[::-1])(step, like(len(particles), size), draw)
    assert torch.equal(backwards.flip(0), together)


def test_a_larger_batch_has_the_same_first_particles() -> None:
    """Also where the counters no longer fit the chunk that is worked on at once."""
    large = Noise(7)(3, like(500, 1, 16, 16))
    assert torch.equal(large[:10], Noise(7)(3, like(10, 1, 16, 16)))
    assert torch.equal(large[[4, 499, 130]], Noise(7, [4, 499, 130])(3, like(3, 1, 16, 16)))


def test_the_first_values_do_not_depend_on_the_size_of_a_particle() -> None:
    assert torch.equal(Noise(7)(3, like(4, 9))[:, :5], Noise(7)(3, like(4, 5)))


def test_precision_is_a_cast() -> None:
    wide = Noise(1)(0, like(6, 33))
    assert torch.equal(Noise(1)(0, like(6, 33, dtype=torch.float32)), wide.float())
    assert wide.dtype == torch.float64


def test_nothing_global_is_touched() -> None:
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    first = Noise(1)(0, like(2, 3))
    torch.rand(5)
    assert torch.equal(Noise(1)(0, like(2, 3)), first)
    torch.manual_seed(0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_no_particles_and_scalar_data() -> None:
    assert Noise(1)(0, like(0, 3)).shape == (0, 3)
    assert torch.equal(Noise(1)(0, like(4)), Noise(1)(0, like(4, 1))[:, 0])


def test_values_are_standard_normal() -> None:
    values = Noise(2024)(LATENT, like(500, 401)).numpy().ravel()
    assert stats.kstest(values, "norm").pvalue > 0.01
    assert stats.kstest(values[::401], "norm").pvalue > 0.01, "one value of each particle"
    assert 4.2 < np.abs(values).max() < 6.8, "the tails are there, and finite"


STREAMS = {
    "seed": (Noise(6)(3, like(100, 200)), Noise(5)(3, like(100, 200))),
    "step": (Noise(5)(4, like(100, 200)), Noise(5)(3, like(100, 200))),
    "latent": (Noise(5)(LATENT, like(100, 200)), Noise(5)(0, like(100, 200))),
    "draw": (Noise(5)(3, like(100, 200), 1), Noise(5)(3, like(100, 200))),
    "particle": (Noise(5, range(100, 200))(3, like(100, 200)), Noise(5)(3, like(100, 200))),
    "neighbour": (Noise(5)(3, like(100, 201))[:, 1:], Noise(5)(3, like(100, 201))[:, :-1]),
    "fourth neighbour": (Noise(5)(3, like(100, 204))[:, 4:], Noise(5)(3, like(100, 204))[:, :-4]),
}


@pytest.mark.parametrize("what", STREAMS)
def test_streams_are_uncorrelated(what: str) -> None:
    """Correlations, and those of the squares, are within four standard errors of 0."""
    one, other = (stream.numpy().ravel() for stream in STREAMS[what])
    bound = 4 / np.sqrt(one.size)
    assert abs(np.corrcoef(one, other)[0, 1]) < bound
    assert abs(np.corrcoef(one**2, other**2)[0, 1]) < bound


def test_a_large_draw_stops_when_asked() -> None:
    asked: list[None] = []

    def interrupted() -> bool:
        asked.append(None)
        return len(asked) == 3

    with pytest.raises(Interrupted):
        Noise(0, interrupted=interrupted)(0, torch.empty(200_000, 4))
    assert len(asked) == 3
