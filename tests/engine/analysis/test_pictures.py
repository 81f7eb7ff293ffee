"""States as pictures: ranges, layouts, and values that are not numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.pictures import contact_sheet, enlarge, is_picture, side_by_side, signed_limit, to_uint8


def test_the_range_maps_to_0_and_255() -> None:
    x = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, np.nan, np.inf, -np.inf]).reshape(1, 1, 1, 8)
    assert to_uint8(x).ravel().tolist() == [0, 0, 128, 255, 255, 0, 255, 0]
    assert to_uint8(x, low=-3, high=3).ravel().tolist()[:5] == [0, 85, 128, 170, 255]


@given(st.integers(0, 255))
def test_every_grey_comes_back(grey: int) -> None:
    assert to_uint8(np.full((1, 2, 2), grey / 127.5 - 1)).tolist() == [[grey] * 2] * 2


def test_channels_move_last() -> None:
    x = np.linspace(-1, 1, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    pixels = to_uint8(x)
    assert pixels.shape == (2, 4, 5, 3)
    for channel in range(3):
        assert np.array_equal(pixels[..., channel], to_uint8(x[:, channel : channel + 1]))


def test_bad_channels_and_ranges_are_refused() -> None:
    with pytest.raises(ValueError, match="not 2"):
        to_uint8(np.zeros((2, 4, 4)))
    with pytest.raises(ValueError, match="below"):
        to_uint8(np.zeros((1, 4, 4)), low=1, high=1)


def test_signed_limit_holds_the_share_and_is_never_0() -> None:
    x = np.arange(-500.0, 501.0)
    limit = signed_limit(x)
    assert 495 <= limit <= 500
    assert (np.abs(x) <= limit).mean() >= 0.995
    assert signed_limit(np.zeros(10)) == 1.0
    assert signed_limit(np.array([])) == 1.0
    assert signed_limit(np.array([np.nan, 2.0])) == 2.0
    # One value in a thousand: the quantile is 0, the field is not.
    assert signed_limit(np.eye(1, 1000) * 3.0) == 3.0


def test_contact_sheet_lays_out_row_by_row() -> None:
    pictures = np.stack([np.full((2, 3), value, np.uint8) for value in (10, 20, 30)])
    sheet = contact_sheet(pictures, columns=2, gap=1, background=9)
    assert sheet.tolist() == [
        [9, 9, 9, 9, 9, 9, 9, 9, 9],
        [9, 10, 10, 10, 9, 20, 20, 20, 9],
        [9, 10, 10, 10, 9, 20, 20, 20, 9],
        [9, 9, 9, 9, 9, 9, 9, 9, 9],
        [9, 30, 30, 30, 9, 9, 9, 9, 9],
        [9, 30, 30, 30, 9, 9, 9, 9, 9],
        [9, 9, 9, 9, 9, 9, 9, 9, 9],
    ]


def test_contact_sheet_of_colours_is_as_square_as_can_be() -> None:
    assert contact_sheet(np.zeros((10, 8, 8, 3), np.uint8), gap=0).shape == (24, 32, 3)
    assert contact_sheet(np.zeros((1, 8, 8), np.uint8), columns=5, gap=0).shape == (8, 8)
    with pytest.raises(ValueError, match="no pictures"):
        contact_sheet(np.zeros((0, 8, 8), np.uint8))


@pytest.mark.parametrize("channels", [1, 3])
def test_frames_side_by_side_with_a_line_between(channels: int) -> None:
    frames = np.arange(1, 1 + 2 * 4 * 5 * 2 * channels, dtype=np.float32).reshape(2, 2 * channels, 4, 5)
    strip = side_by_side(frames, channels)
    assert strip.shape == (2, channels, 4, 11)
    np.testing.assert_array_equal(strip[..., :5], frames[:, :channels])
    np.testing.assert_array_equal(strip[..., 6:], frames[:, channels:])
    assert not strip[..., 5].any()
    np.testing.assert_array_equal(side_by_side(frames[0], channels), strip[0])


def test_enlarge_repeats_pixels() -> None:
    assert enlarge(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


@pytest.mark.parametrize(
    ("shape", "shown"), [((1, 32, 32), True), ((3, 4, 5), True), ((2,), False), ((4, 8, 8), False), ((1, 1, 1), False)]
)
def test_which_shapes_are_pictures(shape: tuple[int, ...], shown: bool) -> None:
    assert is_picture(shape) is shown
