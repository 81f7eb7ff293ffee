"""Both schemes: readable contrast, neutral zero, one accent, and the window repainted when it changes. # spec: -"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app import theme
from app.window import Window
from tests.app.opened import settle


@pytest.fixture(autouse=True)
def back_to_the_system(qapp: object) -> Iterator[None]:
    yield
    theme.choose(None)


def luminance(name: str) -> float:
    """Relative luminance as WCAG defines it."""
    colour = QColor(name)
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_is_readable(scheme: theme.Scheme) -> None:
    for background in (scheme.window, scheme.base, scheme.raised):
        assert contrast(scheme.text, background) >= 7
        assert contrast(scheme.muted, background) >= 4.5
        assert contrast(scheme.warning, background) >= 4.5
        assert contrast(scheme.accent, background) >= 3


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_zero_is_neutral_in_the_diverging_map(scheme: theme.Scheme) -> None:
    theme.choose(scheme)
    middle = theme.diverging()[128].astype(int)
    assert np.ptp(middle) < 24
    base = QColor(scheme.base)
    assert abs(int(middle.mean()) - (base.red() + base.green() + base.blue()) // 3) < 48


def test_the_schemes_say_the_same_things() -> None:
    for field in fields(theme.Scheme):
        assert getattr(theme.LIGHT, field.name)
        assert getattr(theme.DARK, field.name)


def test_the_window_changes_with_the_scheme(window: Window) -> None:
    window.choose_theme("light")
    settle(window)
    light = window.grab().toImage().pixelColor(5, window.height() - 5).lightness()
    window.choose_theme("dark")
    settle(window)
    dark = window.grab().toImage().pixelColor(5, window.height() - 5).lightness()
    assert light > 200
    assert dark < 60
