"""Drawn and written items that no model of photographs was trained on."""

import numpy as np
import pytest
from PIL import Image

from vacsr_core.familiarity import unfamiliar_captions, unfamiliar_domains, unfamiliar_images

KINDS = (*unfamiliar_images.NOISE, *unfamiliar_images.RENDERED)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_and_another_draws_others(kind):
    one, again = unfamiliar_images.draw(kind, 3, 1), unfamiliar_images.draw(kind, 3, 1)
    other = unfamiliar_images.draw(kind, 3, 2)
    pixels = [np.asarray(picture) for picture in one]
    assert all(p.shape == (224, 224, 3) and p.std() > 5 for p in pixels)
    assert all(np.array_equal(p, np.asarray(q)) for p, q in zip(pixels, again, strict=True))
    assert not any(np.array_equal(p, np.asarray(q)) for p, q in zip(pixels, other, strict=True))
    assert not np.array_equal(pixels[0], pixels[1])


def spectrum_slope(picture) -> float:
    """Slope of the logarithm of amplitude over that of frequency."""
    grey = np.asarray(picture.convert("L"), float)
    amplitude = np.abs(np.fft.fft2(grey - grey.mean()))
    frequency = np.hypot(np.fft.fftfreq(224)[:, None], np.fft.fftfreq(224)[None])
    kept = (frequency > 0.02) & (frequency < 0.25)
    return np.polyfit(np.log(frequency[kept]), np.log(amplitude[kept] + 1e-9), 1)[0]


def test_noise_has_the_spectrum_of_its_name():
    for kind, low, high in (("uniform noise", -0.1, 0.1), ("pink noise", -1.6, -0.6)):
        slopes = [spectrum_slope(p) for p in unfamiliar_images.draw(kind, 5, 0)]
        assert low < np.mean(slopes) < high
    uniform = np.asarray(unfamiliar_images.draw("uniform noise", 1, 0)[0], float)
    assert abs(uniform.mean() - 127.5) < 1 and abs(uniform.std() - 73.9) < 1


def test_a_matrix_code_is_black_and_white_with_three_finder_squares():
    code = np.asarray(unfamiliar_images.draw("matrix codes", 1, 0)[0])
    assert set(np.unique(code)) == {0, 255}
    ink = code[:, :, 0] == 0
    top, left = ink.any(axis=1).argmax(), ink.any(axis=0).argmax()
    seven = int((~ink[top, left:]).argmax())  # the first dark run is the edge of a finder square
    cells = ink[top + seven // 2, left : left + seven]  # through its middle: 1 1 3 1 1
    runs = np.diff(np.flatnonzero(np.diff(np.r_[False, cells, False].astype(int))))
    np.testing.assert_allclose(runs / seven, np.array([1, 1, 3, 1, 1]) / 7, atol=0.05)


def test_changed_domains_keep_the_things_and_change_the_look():
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    ramp[:, 32:] = 255 - ramp[:, 32:] // 2
    picture = Image.fromarray(np.stack([ramp, ramp // 2, ramp // 3], axis=-1))
    changed = {n: np.asarray(f(picture), int) for n, f in unfamiliar_domains.DOMAINS.items()}
    assert all(pixels.shape == (64, 64, 3) for pixels in changed.values())
    np.testing.assert_array_equal(changed["negatives"], 255 - np.asarray(picture, int))
    lines = changed["line drawings"][:, :, 0]
    assert lines[8:56, 31:34].min() < 60  # the step in the middle is a line
    assert lines[8:56, [4, 60]].min() > 180  # the borders are none
    grey = np.asarray(picture.convert("L"), int)[32]
    heat = changed["heat pictures"][32].sum(axis=-1)
    assert (np.diff(heat[np.argsort(grey, kind="stable")]) >= -3).all()  # brighter is hotter


@pytest.mark.parametrize("kind", unfamiliar_captions.WRITTEN)
def test_texts_are_seeded_and_differ(kind):
    one = unfamiliar_captions.write(kind, 20, 1)
    assert one == unfamiliar_captions.write(kind, 20, 1) != unfamiliar_captions.write(kind, 20, 2)
    assert len(set(one)) > 15 and all(text.strip() for text in one)


def test_twenty_texts_are_in_other_languages():
    texts = unfamiliar_captions.write(unfamiliar_captions.LANGUAGES, 99)
    assert len(set(texts)) == 20
    assert not any(set(text.lower().rstrip(".").split()) & {"the", "of", "and"} for text in texts)
