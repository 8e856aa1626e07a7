"""Behind the Features page: which part a model sees, changes of style, weights judged unseen."""

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from vacsr_core.encode.seen_box import seen_box
from vacsr_core.errors import DataError
from vacsr_core.feature_analysis import cross_fit, scores, token_sum, word_heat
from vacsr_core.feature_analysis.style_changes import (
    CAPTION_CHANGES,
    PICTURE_CHANGES,
    changed_caption,
    changed_picture,
)
from vacsr_core.pico import SemanticColumns, interaction
from vacsr_core.pico.planted import Planting, plant


@pytest.mark.parametrize(
    ("mode", "size", "box"),
    [
        ("squash", (300, 150), (0, 0, 1, 1)),
        ("shortest", (300, 150), (0.25, 0, 0.75, 1)),
        ("shortest", (150, 300), (0, 0.25, 1, 0.75)),
        ("longest", (300, 150), (0, -0.5, 1, 1.5)),
        ("shortest", (8, 8), (0, 0, 1, 1)),
    ],
)
def test_the_part_that_a_model_sees_is_found_by_looking(mode, size, box):
    preprocess = image_transform_v2(PreprocessCfg(size=96, resize_mode=mode), is_train=False)
    assert seen_box(preprocess, *size) == pytest.approx(box, abs=0.005)


def test_changes_of_style_leave_what_is_said():
    text = "A large dog is on the beach."
    assert changed_caption(text, "framed") == "a picture of a large dog is on the beach."
    assert changed_caption(text, "formal") == (
        "In this image one can see a large dog is on the beach."
    )
    assert changed_caption(text, "short") == "large dog on beach"
    assert changed_caption(text, "loud") == "A LARGE DOG IS ON THE BEACH!"
    assert changed_caption("Rome at night", "framed") == "a picture of Rome at night"
    assert changed_caption("the", "short") == "the"  # never nothing
    assert all(changed_caption("boat", change) for change in CAPTION_CHANGES)
    with pytest.raises(DataError, match="change 'loudly'"):
        changed_caption(text, "loudly")


def test_changes_of_style_of_a_picture():
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8))
    for change in PICTURE_CHANGES:
        changed = changed_picture(picture, change, 0.5)
        assert changed.mode == "RGB" and (changed.size == (60, 40)) == (change != "crop")
        assert changed.size != picture.size or changed.tobytes() != picture.tobytes()
    grey = np.asarray(changed_picture(picture, "grey", 1.0))
    assert (grey[..., 0] == grey[..., 2]).all()
    with pytest.raises(DataError, match="strength above 0"):
        changed_picture(picture, "blur", 0.0)


@pytest.fixture(scope="module")
def planted():
    return plant(Planting(pairs=40, columns=32, patches=3, words=2, meanings=12), seed=1)


def test_sums_and_heat_do_not_shrink_with_the_weights(planted):
    image, caption = planted.images[[0]], planted.captions[[3]]
    p = np.linspace(0.1, 0.9, 32)
    even = np.full(32, 0.4)
    ones = np.ones(32)
    assert token_sum(image, caption, even) == pytest.approx(
        token_sum(image, caption, ones), abs=1e-6
    )
    assert token_sum(image, caption, ones).sum() == pytest.approx(
        interaction(image, caption)[0, 0], abs=1e-5
    )
    patches, words = image.tokens[0], caption.tokens[0]
    assert word_heat(image, caption, p) == pytest.approx(
        (patches * p / p.mean()) @ words.T, abs=1e-5
    )
    assert scores(planted.images, planted.captions, even, "whole") == pytest.approx(
        planted.images.vectors @ planted.captions.vectors.T, abs=1e-5
    )


def test_what_asks_is_judged_by_weights_it_did_not_see(planted, monkeypatch):
    seen = []

    def fit(images, captions, owner, config=None, progress=None, should_stop=None):
        seen.append((config.control, frozenset(np.flatnonzero(owner >= 0).tolist())))
        # Weights that undo the planted style, but on the second half alone.
        p = 1.0 - planted.style_share if len(seen) > 4 else np.ones(32)
        p = np.clip(p, 1e-3, 1.0).astype(np.float32)
        return SemanticColumns(p, p, np.full(32, -1), kind=config.control, notes=("a note",))

    monkeypatch.setattr("vacsr_core.feature_analysis.unseen_pairs.fit_pico", fit)
    found = cross_fit(planted.images, planted.captions, planted.caption_image, np.ones(32))
    first, second = seen[0][1], seen[4][1]
    assert not first & second and len(first | second) == 40
    assert [kind for kind, _ in seen[:4]] == ["pico", "sign", "correlation", "random"]
    effects = {(e.name, e.kind): e for e in found.effects["whole"]}
    assert effects["stored", "caption"].difference == 0.0 == effects["none", "image"].difference
    assert found.notes == ("a note",) and set(found.effects) == {"whole", "tokens"}
    assert effects["pico", "caption"].queries == 40
    # The weights of fold 1 serve those that ask from half 1, which fold 0 was fitted on.
    asked = sorted(first)
    p = np.clip(1.0 - planted.style_share, 1e-3, 1)
    whole = scores(planted.images, planted.captions, p, "whole")
    plain = scores(planted.images, planted.captions, np.ones(32), "whole")
    by_hand = sum(int(whole[:, c].argmax() == c) - int(plain[:, c].argmax() == c) for c in asked)
    assert effects["pico", "caption"].difference == pytest.approx(by_hand / 40)


def test_too_few_images_are_counted(planted):
    owner = np.where(np.arange(40) < 12, np.arange(40), -1)
    with pytest.raises(DataError, match=r"12 images have a caption.*needs 20. Label 8 more"):
        cross_fit(planted.images, planted.captions, owner)
