"""Colours: ramps that rise evenly, a diverging one that turns at 0.5, words that can be read."""

import numpy as np
import pytest

from vacsr_core.figures.palette import DARK, LIGHT, see_through


def lightness(colour):
    """CIE L* of a hex colour."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = float(linear @ [0.2126, 0.7152, 0.0722])
    return 116 * (y ** (1 / 3) if y > 0.008856 else 7.787 * y + 16 / 116) - 16, y


def contrast(one, other):
    high, low = sorted((lightness(one)[1], lightness(other)[1]), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_sequential_ramps_rise_evenly_away_from_the_page(colours):
    sign = -1 if colours is LIGHT else 1
    for ramp in (colours.mean_ramp, colours.std_ramp):
        steps = sign * np.diff([lightness(colour)[0] for _, colour in ramp])
        assert (steps > 5).all()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_diverging_ramp_has_its_turn_at_one_half(colours):
    away = [abs(lightness(c)[0] - lightness(colours.surface)[0]) for _, c in colours.match_ramp]
    assert colours.match_ramp[2][0] == 0.5
    assert away[0] > away[1] > away[2] < away[3] < away[4]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_the_page(colours):
    for colour in (colours.text, colours.muted, colours.belief, colours.other):
        assert contrast(colour, colours.surface) >= 4.5
    for colour in (colours.image, colours.caption, colours.chosen):
        assert contrast(colour, colours.surface) >= 3


def test_see_through_keeps_the_colour():
    assert see_through("#0a10ff", 0.5) == "rgba(10, 16, 255, 0.5)"
