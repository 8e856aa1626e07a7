"""Against judgements that are planted: agreement, disagreement and missing labels are found."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau, norm

from judges import CosineJudge, data_set
from vacsr_core.contenders import Verdict
from vacsr_core.evaluation.data_set import Judged
from vacsr_core.evaluation.people import judgement_figures
from vacsr_core.features import Features

PAIRS = 400


class Widening(CosineJudge):
    """The cosine, with a pair doubt that is read off the caption's last column."""

    def judge(self, images, captions, gallery=None):
        plain = super().judge(images, captions, gallery)
        width = np.broadcast_to(np.abs(captions.vectors[:, -1]), plain.score.shape)
        return Verdict("wide", plain.score, None, {"width": width, "low": 1.0 - plain.score})


@pytest.fixture(scope="module")
def judged_data():
    """Captions of one number each: its cosine with the image is the rating, its width the doubt."""
    generator = np.random.default_rng(0)
    images = np.zeros((40, 41))
    images[np.arange(40), np.arange(40)] = 1
    image = generator.integers(40, size=PAIRS)
    score, width = generator.uniform(0, 0.7, PAIRS), generator.uniform(0, 0.7, PAIRS)
    texts = np.zeros((PAIRS, 42))
    texts[np.arange(PAIRS), image] = score
    texts[:, 40] = np.sqrt(1 - score**2 - width**2)
    texts[:, 41] = width
    rating = np.stack([score, score + width, score - width], axis=1)
    judged = Judged(
        "experts", image, Features.from_vectors(texts, "caption"), np.arange(PAIRS), rating,
        rating.std(axis=1), rating.mean(axis=1) + 0.5 * width > 0.6,
    )  # fmt: skip
    pictures = np.c_[images, np.zeros(40)]
    return data_set(pictures, pictures[:3], [0, 1, 2], judged=(judged,))


def test_planted_agreement_and_disagreement_are_found(judged_data):
    found, notes = judgement_figures(Widening(), judged_data, 0)
    (judged,) = judged_data.judged
    assert notes == [] and found["judgements|n|experts|"] == PAIRS
    mean = judged.rating.mean(axis=1)
    score = judged.rating[:, 0]
    wanted = kendalltau(score, mean, variant="b").statistic
    assert found["judgements|tau_b with the mean rating|experts|"] == pytest.approx(
        wanted, abs=1e-3
    )
    every = kendalltau(np.repeat(score, 3), judged.rating.ravel(), variant="c").statistic
    name = "tau_c, every rating a row"
    assert found[f"judgements|{name}|experts|"] == pytest.approx(every, abs=1e-3)
    assert (
        found[f"judgements|{name}: low|experts|"]
        < every
        < found[f"judgements|{name}: high|experts|"]
    )
    for measure in ("Spearman with disagreement", "partial, beyond the score"):
        assert found[f"judgements|{measure}|experts|width"] == pytest.approx(1.0, abs=1e-3)
        assert found[f"judgements|{measure}: low|experts|width"] > 0.99


def test_a_doubt_that_is_the_score_turned_round_says_nothing_beyond_it(judged_data):
    found, _ = judgement_figures(Widening(), judged_data, 0, has_intervals=False)
    assert not np.isnan(found["judgements|Spearman with disagreement|experts|low"])
    for measure in ("partial, beyond the score", "partial, beyond the score and its square"):
        assert np.isnan(found[f"judgements|{measure}|experts|low"])


def test_what_doubt_adds_to_the_score_is_measured(judged_data):
    found, _ = judgement_figures(Widening(), judged_data, 0)
    start, end = "false negatives|", "|experts|width"
    gain = found[f"{start}gain of AUROC{end}"]
    both, alone = (found[f"{start}AUROC of {name}{end}"] for name in ("both", "the score"))
    assert gain == pytest.approx(both - alone) and both > 0.99 and gain > 0.02
    assert 0 < found[f"{start}gain of AUROC: low{end}"] <= gain


def test_intervals_can_be_left_out_and_too_few_matches_are_noted(judged_data):
    found, _ = judgement_figures(Widening(), judged_data, 0, has_intervals=False)
    assert not any(": low" in name for name in found if name.startswith("judgements"))
    (judged,) = judged_data.judged
    rare = np.zeros(PAIRS, bool)
    rare[:2] = True
    some = data_set(
        judged_data.images.vectors, judged_data.captions.vectors, [0, 1, 2],
        judged=(Judged(judged.kind, judged.image, judged.captions, judged.caption, judged.rating,
                       judged.disagreement, rare),),
    )  # fmt: skip
    found, notes = judgement_figures(Widening(), some, 0, has_intervals=False)
    assert "False negatives of the experts not measured: 5 folds cannot be made" in notes[0]
    assert not any(name.startswith("false negatives") for name in found)


class Spread(Widening):
    """The same, with its doubt as the standard deviation of a similarity."""

    def judge(self, images, captions, gallery=None):
        wide = super().judge(images, captions, gallery)
        return Verdict("spread", wide.score, None, {"std": 0.05 + wide.pair_doubt["width"]})


def test_mean_and_std_are_a_forecast_of_ratings_on_their_own_scale(judged_data):
    (judged,) = judged_data.judged
    on_four = replace(judged, rating=1 + 3 * judged.rating, scale=(1.0, 4.0))
    found, _ = judgement_figures(Spread(), replace(judged_data, judged=(on_four,)), 0, False)
    score, width = judged.rating[:, 0], judged.rating[:, 1] - judged.rating[:, 0]
    likely = norm.logpdf(judged.rating.mean(axis=1), score, 0.05 + width)
    name = "forecast of ratings|{}|experts|"
    assert found[name.format("nll")] == pytest.approx(-likely.mean(), abs=1e-3)
    wanted = np.sqrt(np.mean((0.05 + width) ** 2))
    assert found[name.format("sharpness")] == pytest.approx(wanted, abs=1e-3)
    plain, _ = judgement_figures(Widening(), judged_data, 0, False)
    assert not any(key.startswith("forecast") for key in plain)
