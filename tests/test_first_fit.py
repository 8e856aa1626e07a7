"""The first fit: several architectures from end to end, the rule full or conservative, storage."""

import json
import os
import time
from dataclasses import replace

import numpy as np
import open_clip
import pytest
import torch

from planted import planted_pairs
from tiny_backbones import FIRST_FIT_KINDS, MODEL_CONFIGS, write_backbone
from vacsr_core import Engine, Features, FitConfig, engine, first_fit, scenes, stored_adapters
from vacsr_core.errors import BackboneError, CancelledError, DataError
from vacsr_core.first_fit import fit_sets
from vacsr_core.pair_sets import PairSet, join
from vacsr_core.vacsr_fit import fit_adapters

QUICK = FitConfig(
    epochs=12,
    hidden=32,
    latent=8,
    batch=64,
    learning_rate=5e-3,
    positive_share=0.5,
    is_shrunk=False,
)


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "SCENES_TO_START", 12)
    monkeypatch.setenv("VACSR_DATA", str(tmp_path / "data"))


def by_name(tmp_path, kind: str, way: str) -> str:
    """A tiny checkpoint of an architecture, and the name that loads it."""
    folder = write_backbone(tmp_path / kind, kind)
    if way == "local-dir":
        return f"local-dir:{folder}"
    # open_clip takes another tokenizer for a name with "siglip" in it, from another package.
    architecture = f"Tiny-{kind[:3]}"
    (tmp_path / f"{architecture}.json").write_text(json.dumps(MODEL_CONFIGS[kind]))
    open_clip.add_model_config(tmp_path / f"{architecture}.json")
    return f"{architecture}:{folder / 'open_clip_model.safetensors'}"


def own_pairs(made: Engine, count: int = 9) -> PairSet:
    """A person's pictures, two captions each."""
    drawn = scenes.sample(count, seed=3, levels=("exact", "partial"))
    pictures = [scenes.draw(scene, 64) for scene in drawn.scenes]
    return PairSet(
        f"{count} pictures of your own",
        made.encode_images(pictures, tokens=False),
        made.encode_captions([caption.text for caption in drawn.captions], tokens=False),
        drawn.caption_image,
    )


@pytest.mark.parametrize("way", ["local-dir", "checkpoint"])
@pytest.mark.parametrize("kind", FIRST_FIT_KINDS)
def test_encode_fit_compare_store_and_load_again(tmp_path, kind, way):
    name = by_name(tmp_path, kind, way)
    made = Engine.load(name, "cpu")
    assert not made.adapters.is_fitted
    seen = []
    fitted = made.first_fit(progress=lambda share, text="": seen.append(share))
    assert (np.diff(seen) > -1e-9).all() and seen[-1] == 1.0
    assert fitted.history["how"] == "conservative"
    assert fitted.fitted_on == "12 drawn scenes with 60 captions, seed 0"
    assert not made.adapters.is_fitted  # whoever asked decides who shall use it
    stored_adapters.store(fitted, made.backbone.backbone_id)
    again = Engine.load(name, "cpu")
    assert again.adapters.is_fitted and again.adapters.backbone_id == again.backbone.backbone_id
    own = own_pairs(again)
    sim = again.similarity(own.images, own.captions)
    assert np.array_equal(sim.mean, made.with_adapters(fitted).similarity(
        own.images, own.captions).mean)  # fmt: skip
    order = np.argsort(sim.cosine, axis=None)
    assert np.diff(sim.mean.ravel()[order].astype(float)).min() > -2e-7
    assert (sim.std > 0).all() and np.ptp(sim.mean) > 0


def test_the_embedded_model_takes_own_pairs_too_and_says_so(tmp_path):
    made = Engine.load(device="cpu")
    fitted = made.first_fit(own_pairs(made))
    sources = fitted.history["sources"]
    assert [(part["is_drawn"], part["images"], part["pairs"]) for part in sources] == [
        (False, 9, 18),
        (True, 12, 60),
    ]
    assert fitted.history["why"] == "9 own labelled images; 200 are needed"
    assert fitted.history["validation"]["images"] == 9  # judged on own images alone
    assert "9 pictures of your own and 12 drawn scenes" in fitted.fitted_on


def test_a_stopped_first_fit_leaves_everything_as_it_was(tmp_path):
    made = Engine.load(by_name(tmp_path, "vit", "local-dir"), "cpu")
    before = made.adapters

    def stop(share, text=""):
        if share > 0.75:  # in the middle of the fit itself
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        made.first_fit(progress=stop)
    assert made.adapters is before
    assert not stored_adapters.adapters_folder(made.backbone.backbone_id).exists()


def test_own_fits_are_found_by_the_same_pairs_alone_and_the_oldest_give_way(tmp_path, monkeypatch):
    made = Engine.load(by_name(tmp_path, "vit", "local-dir"), "cpu")
    fitted = made.first_fit(own_pairs(made))
    backbone = made.backbone
    monkeypatch.setattr(stored_adapters, "MOST_OWN_FITS", 2)
    for place, key in enumerate(("a" * 16, "b" * 16, "c" * 16)):
        stored_adapters.store(fitted, backbone.backbone_id, key)
        folder = stored_adapters.adapters_folder(backbone.backbone_id, key)
        if folder.exists():
            os.utime(folder, (time.time() + place, time.time() + place))
    assert stored_adapters.find_own(backbone, "a" * 16) is None
    assert stored_adapters.find_own(backbone, "c" * 16).fitted_on == fitted.fitted_on
    assert not stored_adapters.find(backbone).is_fitted  # nobody else meets them


def test_a_checkpoint_is_known_by_its_content_and_refused_with_a_way_out(tmp_path):
    name = by_name(tmp_path, "vit", "checkpoint")
    one = Engine.load(name, "cpu").backbone.backbone_id
    assert one.startswith("Tiny-vit:open_clip_model.safetensors@")
    write_backbone(tmp_path / "vit", "vit", seed=5)
    assert Engine.load(name, "cpu").backbone.backbone_id != one
    with pytest.raises(BackboneError, match="there is no file"):
        Engine.load("Tiny-vit:nowhere.pt")
    weights = name.partition(":")[2]
    with pytest.raises(BackboneError, match=r"no architecture 'ViT-B-33'.*ViT-B-32"):
        Engine.load(f"ViT-B-33:{weights}")
    with pytest.raises(BackboneError, match="must belong together"):
        Engine.load(f"RN50:{weights}")


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "trapped"),))

    by_name(tmp_path, "vit", "checkpoint")
    torch.save({"state_dict": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(BackboneError):
        Engine.load(f"Tiny-vit:{tmp_path / 'trap.pt'}", "cpu")
    assert not (tmp_path / "trapped").exists()


def test_joined_sets_keep_their_labels_and_are_mismatches_of_each_other():
    images, captions, owner = planted_pairs(4)
    aims = np.full((4, 8), 0.3, np.float32)
    drawn = PairSet("4 drawn", images, captions, owner, aims, is_drawn=True)
    photos = PairSet("3 photos", images[:3], captions[:6], np.array([0, 0, 1, 1, -1, 2]))
    both = join([photos, drawn])
    assert both.name == "3 photos and 4 drawn"
    assert both.caption_image.tolist() == [0, 0, 1, 1, -1, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert (both.unlabelled[3:, 6:] == np.float32(0.3)).all()
    assert both.unlabelled[:3].max() == 0.0 and both.unlabelled[:, :6].max() == 0.0
    assert (both.labelled_images, both.labelled_pairs) == (7, 13)


def planted_set(images: int, seed: int = 0, name: str = "photos") -> PairSet:
    return PairSet(name, *planted_pairs(images, seed))


def bent_pairs(images: int) -> PairSet:
    """Pairs whose cosine is led astray by a few loud columns that say nothing about the match."""
    generator = np.random.default_rng(0)
    meaning = generator.standard_normal((images, 12))
    loud = 2.0 * generator.standard_normal((2, images, 4))
    pictures = np.concatenate([meaning, loud[0]], axis=1)
    texts = np.concatenate([meaning + 0.3 * generator.standard_normal((images, 12)), loud[1]], 1)
    return PairSet(
        "bent",
        Features.from_vectors(pictures, "image"),
        Features.from_vectors(texts, "caption"),
        np.arange(images),
    )


def test_enough_pairs_and_a_ranking_no_worse_make_a_full_fit(monkeypatch):
    monkeypatch.setattr(first_fit, "FEWEST_FOR_FULL", 150)
    fitted = fit_sets([bent_pairs(300)], config=QUICK)
    figures = fitted.history["validation"]
    assert fitted.history["how"] == "full"
    assert figures["two_alternative_mean"] > figures["two_alternative_cosine"]
    assert figures["images"] == 60 and "on 60 own images" in fitted.history["why"]
    assert fit_sets([bent_pairs(149)], config=QUICK).history["how"] == "conservative"


def test_a_full_fit_that_ranks_worse_gives_way_to_a_conservative_one(monkeypatch):
    """One epoch far too fast spoils the order of pairs that the cosine ranks almost perfectly."""
    monkeypatch.setattr(first_fit, "FEWEST_FOR_FULL", 50)
    spoiling = FitConfig(epochs=1, learning_rate=1.0, batch=16, positive_share=0.5, is_shrunk=False)
    fitted = fit_sets([planted_set(60)], config=spoiling)
    assert fitted.history["how"] == "conservative" and fitted.vacsr.is_ranking_kept
    assert "against the cosine's" in fitted.history["why"]
    asked = fit_sets([planted_set(60)], "full", config=spoiling)
    assert asked.history["how"] == "full" and not asked.vacsr.is_ranking_kept
    figures = asked.history["validation"]
    assert figures["two_alternative_mean"] < figures["two_alternative_cosine"]


def test_drawn_scenes_never_count_as_own_images(monkeypatch):
    monkeypatch.setattr(first_fit, "FEWEST_FOR_FULL", 30)
    images, captions, owner = planted_pairs(60)
    drawn = PairSet("drawn", images, captions, owner, is_drawn=True)
    assert fit_sets([drawn]).history["why"] == "0 own labelled images; 30 are needed"
    with pytest.raises(DataError, match="choose one of auto, full, conservative"):
        fit_sets([drawn], "somehow")
    with pytest.raises(DataError, match="No pairs were given"):
        fit_sets([])


def test_shipped_adapters_are_found_by_both_names_of_the_backbone():
    class Named:
        name = backbone_id = "ViT-B-32:openai"
        dimension, device = 512, "cpu"

    assert stored_adapters.find(Named).fitted_on.startswith("Flickr8k photos")
    Named.name = Named.backbone_id = "ViT-B-32-quickgelu:openai"
    assert stored_adapters.find(Named).fitted_on.startswith("Flickr8k photos")
    Named.name = Named.backbone_id = "ViT-B-32:laion2b_s34b_b79k"
    assert not stored_adapters.find(Named).is_fitted
    Named.name, Named.backbone_id, Named.dimension = "x", "ViT-B-32:openai", 5
    with pytest.raises(DataError, match="for 512 columns"):
        stored_adapters.find(Named)


def test_a_shrunk_fit_keeps_a_share_of_what_was_learnt():
    images, captions, owner = planted_pairs(24, 12)
    full = fit_adapters(images, captions, owner, FitConfig(epochs=2, components=2))
    base = full.vacsr.base_logit(torch.from_numpy(images.vectors @ captions.vectors.T)).numpy()
    whole = full.similarity(images, captions).logit_means - base[..., None]
    half = first_fit._shrunk(full, 0.5).similarity(images, captions)
    assert np.abs(whole).max() > 1e-3
    assert np.allclose(half.logit_means - base[..., None], 0.5 * whole, atol=1e-4)
    assert np.array_equal(half.logit_variances, full.similarity(images, captions).logit_variances)


def test_members_count_in_both_kinds_of_fit_and_shrink_together():
    config = replace(QUICK, members=2)
    assert len(fit_sets([planted_set(24)], "conservative", config).members) == 2
    full = fit_sets([planted_set(24)], "full", config)
    half = first_fit._shrunk(full, 0.5)
    for whole, shrunk in zip(full.members, half.members, strict=True):
        assert torch.equal(shrunk.mean_head.weight, 0.5 * whole.mean_head.weight)
        assert shrunk.mean_head.weight.abs().max() > 0


def test_a_stored_fit_of_an_older_format_is_passed_over(tmp_path):
    made = Engine.load(by_name(tmp_path, "vit", "local-dir"), "cpu")
    fitted = made.first_fit(own_pairs(made))
    stored_adapters.store(fitted, made.backbone.backbone_id)
    stored_adapters.store(fitted, made.backbone.backbone_id, "a" * 16)
    assert stored_adapters.find(made.backbone).is_fitted
    for settings in stored_adapters.adapters_folder("").parent.rglob("adapters.json"):
        settings.write_text(settings.read_text().replace('"format": 2', '"format": 1'))
    assert not stored_adapters.find(made.backbone).is_fitted
    assert stored_adapters.find_own(made.backbone, "a" * 16) is None
