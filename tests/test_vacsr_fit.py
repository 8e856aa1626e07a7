"""Fitting: planted truth recovered, seeds, split by image, cancel and resume."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from planted import DIMENSION, planted_pairs
from vacsr_core import Adapters, FitConfig, fit_adapters
from vacsr_core.adapter import LOG_VAR_RANGE
from vacsr_core.errors import CancelledError, DataError, ShapeError
from vacsr_core.vacsr_fit import split_by_image

# Positives weigh one half: a caption that fits every image then comes out near 0.5.
SMALL = FitConfig(
    epochs=25,
    hidden=32,
    latent=8,
    batch=64,
    learning_rate=5e-3,
    positive_share=0.5,
    is_shrunk=False,
)


@pytest.fixture(scope="module")
def fitted() -> Adapters:
    return fit_adapters(*planted_pairs(seed=0), SMALL)


def test_fit_recovers_what_was_planted(fitted):
    """On new images: exact captions are surely matched, generic ones are the doubtful ones."""
    images, captions, owner = planted_pairs(seed=5)
    sim = fitted.similarity(images, captions)
    own = (owner, np.arange(len(owner)))
    exact, generic = np.arange(0, len(owner), 2), np.arange(1, len(owner), 2)
    is_own = owner[None, :] == np.arange(len(images))[:, None]
    auroc = roc_auc_score(is_own[:, exact].ravel(), sim.match_probability[:, exact].ravel())
    assert auroc > 0.98
    assert sim.std[own][generic].mean() > 1.5 * sim.std[own][exact].mean()
    assert sim.mean[own][exact].mean() > 0.8
    assert 0.3 < sim.mean[own][generic].mean() < 0.8


def test_match_probability_is_calibrated_on_all_pairs_of_a_new_and_larger_gallery(fitted):
    """As many matches are expected as there are, and among the likeliest pairs, too."""
    images, captions, owner = planted_pairs(images=400, seed=6)
    sim = fitted.similarity(images, captions)
    is_own = owner[None, :] == np.arange(len(images))[:, None]
    chance = sim.match_probability
    assert chance.sum() == pytest.approx(is_own.sum(), rel=0.35)
    near = chance >= np.quantile(chance, 0.99)
    assert chance[near].mean() == pytest.approx(is_own[near].mean(), abs=0.08)
    prior = is_own[near].mean()
    assert np.mean((chance - is_own)[near] ** 2) < 0.9 * prior * (1 - prior)


def test_same_seed_same_numbers_and_other_seed_others(fitted):
    again = fit_adapters(*planted_pairs(seed=0), SMALL)
    images, captions, _ = planted_pairs(20, seed=9)
    one, other = (a.similarity(images, captions).mean for a in (fitted, again))
    assert np.array_equal(one, other)
    third = fit_adapters(*planted_pairs(seed=0), replace(SMALL, seed=1, epochs=2))
    assert not np.allclose(one, third.similarity(images, captions).mean, atol=1e-3)


def test_history_says_how_the_fit_went(fitted):
    first, last = fitted.history["epochs"][0], fitted.history["epochs"][-1]
    assert set(first["train"]) == {"reconstruction", "kl", "sigma_positive", "sigma_negative"}
    assert last["train"]["reconstruction"] < first["train"]["reconstruction"]
    assert fitted.history["config"]["seed"] == 0
    assert fitted.history["validation"]["brier_skill"] > 0.2
    assert fitted.is_fitted


def test_no_image_is_on_both_sides_of_the_split():
    owner = np.repeat(np.arange(50), 3)
    owner[::7] = -1
    train, held_out = split_by_image(owner, 0.2, seed=3)
    assert not set(train) & set(held_out)
    assert set(train) | set(held_out) == set(owner[owner >= 0])
    assert len(held_out) == 10


def test_stop_keeps_the_checkpoint_and_resuming_gives_the_same_result(tmp_path):
    pairs = planted_pairs(80)
    config = replace(SMALL, epochs=4)
    whole = fit_adapters(*pairs, config)
    calls = iter(range(1_000))
    with pytest.raises(CancelledError, match="epoch 3 of 4"):
        fit_adapters(*pairs, config, should_stop=lambda: next(calls) == 5, checkpoint=tmp_path)
    resumed = fit_adapters(*pairs, config, checkpoint=tmp_path)
    for one, other in zip(whole.vacsr.parameters(), resumed.vacsr.parameters(), strict=True):
        assert np.array_equal(one.detach().numpy(), other.detach().numpy())
    assert whole.match == resumed.match


def test_checkpoint_of_another_fit_and_a_damaged_one_are_refused(tmp_path):
    pairs = planted_pairs(40)
    config = replace(SMALL, epochs=1)
    fit_adapters(*pairs, config, checkpoint=tmp_path)
    with pytest.raises(DataError, match="another fit"):
        fit_adapters(*pairs, replace(config, seed=4), checkpoint=tmp_path)
    (tmp_path / "checkpoint.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        fit_adapters(*pairs, config, checkpoint=tmp_path)


def test_progress_rises_to_one_and_may_cancel():
    seen = []
    fit_adapters(
        *planted_pairs(40), replace(SMALL, epochs=2), lambda share, text: seen.append((share, text))
    )
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert seen[0][1] == "fitting, epoch 1 of at most 2"


@pytest.mark.parametrize("switch", ["kl_weight", "sigma_weight", "is_squashed", "positive_share"])
def test_every_switch_of_the_loss_changes_the_fit(switch):
    pairs = planted_pairs(60)
    base = replace(SMALL, epochs=2)
    changed = replace(base, **{switch: None if switch == "positive_share" else 0})
    one = fit_adapters(*pairs, base).similarity(*pairs[:2])
    other = fit_adapters(*pairs, changed).similarity(*pairs[:2])
    assert not np.array_equal(one.std, other.std)


def test_known_truth_of_unlabelled_pairs_lifts_them():
    """Told that generic captions half fit every image, the fit says so; exact ones stay apart."""
    images, captions, owner = planted_pairs(80)
    generic = np.arange(len(owner)) % 2 == 1
    aims = np.broadcast_to(np.where(generic, 0.9, 0.0), (80, len(owner))).astype(np.float32)
    stranger = owner[None, :] != np.arange(80)[:, None]

    def means(**more) -> tuple[float, float]:
        sim = fit_adapters(images, captions, owner, replace(SMALL, epochs=8), **more).similarity(
            images, captions
        )
        return tuple(sim.mean[:, part][stranger[:, part]].mean() for part in (generic, ~generic))

    plain, told = means(), means(unlabelled=aims)
    assert told[0] > plain[0] + 0.15
    assert told[1] < told[0] - 0.15
    with pytest.raises(ShapeError, match=r"wanted \(80, 160\)"):
        fit_adapters(images, captions, owner, SMALL, unlabelled=aims[:3])


def test_members_are_fits_side_by_side(tmp_path):
    """Same held-out images, other weights: they agree on what was taught, not on noise."""
    images, captions, owner = planted_pairs(80)
    config = replace(SMALL, epochs=4, members=3)
    told, seen = [], []
    fitted = fit_adapters(
        images,
        captions,
        owner,
        config,
        progress=lambda share, text: seen.append((share, text)),
        on_epoch=told.append,
        checkpoint=tmp_path,
    )
    sim = fitted.similarity(images, captions)
    assert (sim.members, sim.logit_means.shape) == (3, (80, 160, 6))
    assert sim.epistemic.min() > 0 and np.array_equal(sim[3, 4].epistemic, sim.epistemic[3:4, 4:5])
    alone = [member.similarity(images, captions).mean for member in fitted.members]
    assert sim.mean == pytest.approx(np.mean(alone, axis=0), abs=1e-6)
    assert len(fitted.history["members"]) == 3
    assert fitted.history["epochs"] == fitted.history["members"][0]["epochs"]
    assert [row["member"] for row in told] == [m for m in (1, 2, 3) for _ in range(4)]
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert seen[0][1] == "member 1 of 3: fitting, epoch 1 of at most 4"
    # The first member is the fit that would have been made alone, but for the common calibration.
    single = fit_adapters(images, captions, owner, replace(config, members=1))
    assert np.array_equal(
        single.similarity(images, captions).logit_means, sim.logit_means[:, :, :2]
    )
    factor = fitted.history["spread_factor"] / single.history["spread_factor"]
    ratio = sim.logit_variances[:, :, :2] / single.similarity(images, captions).logit_variances
    assert ratio == pytest.approx(factor**2, rel=1e-3)
    shifted = np.add(LOG_VAR_RANGE, 2 * np.log(fitted.history["spread_factor"]))
    for member in fitted.members:  # one factor for the whole ensemble
        assert member.log_var_range == pytest.approx(tuple(shifted))


def test_a_stopped_ensemble_is_taken_up_again(tmp_path):
    pairs = planted_pairs(60)
    config = replace(SMALL, epochs=3, members=2)
    calls = iter(range(1_000))
    steps = 2 * 3 + 3  # into the second epoch of the second member
    with pytest.raises(CancelledError):
        fit_adapters(*pairs, config, should_stop=lambda: next(calls) == steps, checkpoint=tmp_path)
    resumed = fit_adapters(*pairs, config, checkpoint=tmp_path)
    whole = fit_adapters(*pairs, config)
    for one, other in zip(whole.members, resumed.members, strict=True):
        assert np.array_equal(one.mean_head.weight.numpy(), other.mean_head.weight.numpy())
    assert whole.match == resumed.match


def test_too_few_images_and_misfit_rows_are_refused():
    images, captions, owner = planted_pairs(30)
    with pytest.raises(DataError, match="5 images with captions are too few"):
        fit_adapters(images, captions, np.where(owner < 5, owner, -1), SMALL)
    with pytest.raises(ShapeError, match="wanted one image row per caption, -1 to 29"):
        fit_adapters(images, captions, owner + 5, SMALL)
    with pytest.raises(ShapeError, match="do not fit each other"):
        fit_adapters(images, captions, owner[:-1], SMALL)
    assert images.dimension == DIMENSION


@pytest.mark.parametrize("is_ranking_kept", [False, True])
def test_the_calibration_can_be_stopped_too(is_ranking_kept):
    config = replace(SMALL, epochs=1, is_ranking_kept=is_ranking_kept)
    texts = []

    def stop(share: float, text: str) -> None:
        texts.append(text)
        if texts.count("calibrating") == 4:  # well inside, between two steps
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        fit_adapters(*planted_pairs(40), config, stop)
    assert texts[-4:] == ["calibrating"] * 4
    with pytest.raises(CancelledError, match="while it was calibrated"):
        seen = []
        fit_adapters(*planted_pairs(40), config, lambda share, text: seen.append(text),
                     lambda: "fitted" in seen)  # fmt: skip
