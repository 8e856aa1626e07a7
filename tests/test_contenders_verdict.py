"""A verdict refuses what does not fit; doubts are read off at first choices."""

import numpy as np
import pytest

from vacsr_core.contenders.verdict import Verdict, at_first_choices, first_choices
from vacsr_core.errors import ShapeError

SCORE = np.array([[0.1, 0.9, 0.3], [0.4, 0.2, 0.8]], np.float32)
NAN = np.where(SCORE > 0.8, np.nan, SCORE)


def test_first_choices_are_best_caption_and_best_image():
    captions, images = first_choices(SCORE)
    assert captions.tolist() == [1, 2]
    assert images.tolist() == [1, 0, 1]


def test_values_are_read_at_first_choices():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    of_images, of_captions = at_first_choices(values, SCORE)
    assert of_images.tolist() == [2.0, 6.0]
    assert of_captions.tolist() == [4.0, 2.0, 6.0]


def test_what_fits_is_kept():
    verdict = Verdict("a", SCORE, SCORE, {"d": SCORE}, {"d": np.ones(2)}, {"d": np.ones(3)})
    assert verdict.chance is SCORE and verdict.image_doubt["d"].tolist() == [1.0, 1.0]
    assert Verdict("a", SCORE).chance is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"score": np.ones(3)}, r"shape \(3,\); wanted \(N, M\)"),
        ({"score": np.ones((0, 3))}, "at least one of each"),
        ({"score": NAN}, "score of a holds NaN"),
        ({"score": np.where(SCORE > 0.8, np.inf, SCORE)}, "score of a holds NaN or infinity"),
        ({"chance": SCORE.T}, r"chance of a has shape \(3, 2\); wanted \(2, 3\)"),
        ({"chance": NAN}, "chance of a holds NaN"),
        ({"chance": SCORE + 0.2}, "between 0.3 and 1.1; wanted 0 to 1"),
        ({"chance": SCORE - 0.2}, "between -0.1 and 0.7; wanted 0 to 1"),
        ({"pair_doubt": {"std": NAN}}, "'std' of a holds NaN"),
        ({"image_doubt": {"std": np.ones(3)}}, r"shape \(3,\); wanted \(2,\)"),
        ({"caption_doubt": {"std": np.ones(2)}}, r"shape \(2,\); wanted \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(given, said):
    with pytest.raises(ShapeError, match=said):
        Verdict(**{"name": "a", "score": SCORE} | given)


def test_values_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match=r"values \(3, 2\) and scores \(2, 3\)"):
        at_first_choices(SCORE.T, SCORE)
