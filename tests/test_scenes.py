"""Scenes: facts are true of what is drawn, truth is graded rightly, and chance is seeded."""

import doctest
import hashlib
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from vacsr_core.errors import DataError
from vacsr_core.scenes import (
    COLOURLESS_STYLES,
    LEVELS,
    STYLES,
    Scene,
    SceneCaption,
    SceneObject,
    describe,
    draw,
    holds,
    model,
    sample,
    sample_scene,
    sampling,
    truth,
    words,
)
from vacsr_core.scenes.model import relations_between
from vacsr_core.scenes.vocabulary import COLOURS, EXTENTS, KINDS, OPPOSITE, SETTINGS, SIZES

TRUE_LEVELS = [level for level in LEVELS if level != "wrong"]


@pytest.fixture(scope="module")
def scene_set():
    return sample(400, seed=7)


def _group(kind, x, y, extent=0.2, colour="red", size="small"):
    return SceneObject(kind, colour, size, 1, extent, ((x, y),))


def _with_style(scene, style):
    return Scene(scene.setting, scene.objects, style, scene.seed)


def test_a_set_has_one_caption_of_every_level_for_each_scene(scene_set):
    assert LEVELS == ("exact", "partial", "generic", "wrong", "formal", "telegraphic")
    assert [caption.level for caption in scene_set.captions[:6]] == list(LEVELS)
    assert scene_set.caption_image.dtype == np.int64
    assert scene_set.caption_image.tolist() == [index // 6 for index in range(2400)]


@pytest.mark.parametrize("level", TRUE_LEVELS)
def test_every_fact_of_a_true_caption_holds_in_its_own_scene(scene_set, level):
    for caption, image in zip(scene_set.captions, scene_set.caption_image, strict=True):
        if caption.level == level:
            false = [f for f in caption.facts if not holds(f, scene_set.scenes[image])]
            assert not false, caption.text


def test_a_wrong_caption_has_exactly_one_fact_that_does_not_hold(scene_set):
    kinds_of_error = set()
    for caption, image in zip(scene_set.captions, scene_set.caption_image, strict=True):
        if caption.level == "wrong":
            false = [f for f in caption.facts if not holds(f, scene_set.scenes[image])]
            assert len(false) == 1, caption.text
            kinds_of_error.add(false[0][0])
    assert kinds_of_error == {"setting", "count", "size", "colour", "relation"}


def test_exact_formal_and_telegraphic_say_all_and_partial_says_less(scene_set):
    for start in range(0, len(scene_set.captions), 6):
        scene = scene_set.scenes[scene_set.caption_image[start]]
        by_level = {caption.level: caption for caption in scene_set.captions[start : start + 6]}
        details = 4 if scene.has_colour else 3  # object, count, size and perhaps colour
        has_relation = any(fact[0] == "relation" for fact in scene.facts)
        full = 1 + details * len(scene.objects) + has_relation
        for level in ("exact", "formal", "telegraphic", "wrong"):
            assert len(set(by_level[level].facts)) == len(by_level[level].facts) == full
        assert 1 <= len(by_level["partial"].facts) < full
        assert 1 <= len(by_level["generic"].facts) <= 2


def test_truth_equals_one_by_one_counting(scene_set):
    scenes, captions = scene_set.scenes[:40], scene_set.captions[:150]
    expected = [[np.mean([holds(f, s) for f in c.facts]) for c in captions] for s in scenes]
    graded = truth(scenes, captions)
    assert graded.dtype == np.float32 and graded.shape == (40, 150)
    np.testing.assert_allclose(graded, expected, atol=1e-6)


def test_truth_is_the_same_in_parts(scene_set):
    captions = scene_set.captions * 2  # more than one chunk of captions
    whole = truth(scene_set.scenes[:20], captions)
    assert whole.shape == (20, 4800)
    np.testing.assert_array_equal(whole[:, 2400:], truth(scene_set.scenes[:20], captions[:2400]))


def test_generic_captions_fit_most_scenes_and_exact_ones_few(scene_set):
    graded = truth(scene_set.scenes, scene_set.captions)
    fits = {
        level: (graded[:, [c.level == level for c in scene_set.captions]] == 1).mean()
        for level in LEVELS
    }
    assert fits["generic"] > 0.5 > 0.1 > fits["partial"] > fits["exact"]
    assert fits["exact"] < 0.004


def test_a_caption_without_facts_cannot_be_graded(scene_set):
    with pytest.raises(DataError, match="states no fact"):
        truth(scene_set.scenes[:1], [SceneCaption("nothing", "exact", ())])


def test_everything_in_the_vocabulary_occurs(scene_set):
    groups = [group for scene in scene_set.scenes for group in scene.objects]
    assert {scene.setting for scene in scene_set.scenes} == set(SETTINGS)
    assert {scene.style for scene in scene_set.scenes} == set(STYLES)
    assert {group.kind for group in groups} == set(KINDS)
    assert {group.colour for group in groups} == set(COLOURS)
    assert {group.count for group in groups} == {1, 2, 3, 4}
    assert {group.size for group in groups} == set(SIZES)
    assert {len(scene.objects) for scene in scene_set.scenes} == {1, 2, 3, 4}


def test_nothing_hides_anything_and_all_lies_on_the_canvas(scene_set):
    for scene in scene_set.scenes:
        boxes = [box for group in scene.objects for box in group.boxes]
        for index, (left, top, right, bottom) in enumerate(boxes):
            assert min(left, top) >= 0 and max(right, bottom) <= 1
            for other in boxes[:index]:
                across = min(right, other[2]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[1])
                assert min(across, down) <= 1e-4, scene


def test_sizes_are_far_enough_apart_to_be_told(scene_set):
    assert EXTENTS["large"][0] >= 1.4 * EXTENTS["small"][1]
    for scene in scene_set.scenes:
        for group in scene.objects:
            low, high = EXTENTS[group.size]
            assert low <= group.extent <= high and len(group.centres) == group.count


def test_relations_agree_with_positions(scene_set):
    seen = set()
    for scene in scene_set.scenes:
        boxes = {group.kind: np.array(group.boxes) for group in scene.objects}
        for fact in scene.facts:
            if fact[0] != "relation":
                continue
            _, first, name, second = fact
            one, two = boxes[first], boxes[second]
            seen.add(name)
            if name == "left of":
                assert (one[:, 0] + one[:, 2]).max() / 2 < (two[:, 0] + two[:, 2]).min() / 2 - 0.05
            if name == "above":
                assert one[:, 3].max() <= two[:, 1].min()
            if name == "next to":
                gaps = [max(a[0] - b[2], b[0] - a[2]) for a in one for b in two]
                assert any(0 <= gap <= 0.08 for gap in gaps)
                assert ("relation", second, name, first) in scene.facts
            if name in OPPOSITE:
                assert ("relation", second, OPPOSITE[name], first) in scene.facts
                assert ("relation", first, OPPOSITE[name], second) not in scene.facts
    assert seen == {"left of", "right of", "above", "below", "next to"}


def test_relations_of_planted_positions():
    car = _group("car", 0.3, 0.8)
    assert relations_between(car, _group("ball", 0.55, 0.8)) == ("left of", "next to")
    assert relations_between(car, _group("ball", 0.8, 0.8)) == ("left of",)
    assert relations_between(car, _group("star", 0.3, 0.2)) == ("below",)
    assert relations_between(_group("star", 0.7, 0.2), car) == ("right of", "above")


def test_facts_of_a_planted_scene():
    scene = Scene("beach", (_group("boat", 0.3, 0.7), _group("dog", 0.8, 0.7)), "flat", 0)
    for fact in [
        ("setting", "beach"),
        ("outdoors",),
        ("has objects",),
        ("category", "animal"),
        ("object", "boat"),
        ("count", "dog", 1),
        ("colour", "boat", "red"),
        ("size", "boat", "small"),
        ("relation", "boat", "left of", "dog"),
    ]:
        assert holds(fact, scene), fact
    for fact in [("several",), ("colourful",), ("count", "boat", 2), ("object", "tree")]:
        assert not holds(fact, scene), fact
    assert holds(("object", "tree"), Scene("forest", scene.objects, "flat", 0))


def test_style_is_no_fact_but_may_hide_the_colours():
    scene = sample_scene(np.random.default_rng(3), "flat")
    coloured = {f for f in scene.facts if f[0] in ("colour", "thing", "colourful")}
    assert coloured
    for style in STYLES:
        expected = scene.facts - coloured if style in COLOURLESS_STYLES else scene.facts
        assert _with_style(scene, style).facts == expected


def test_captions_of_colourless_pictures_name_no_colour(scene_set):
    names = {name for synonyms in words.COLOUR_WORDS.values() for name in synonyms}
    pattern = re.compile(rf"\b({'|'.join(sorted(names))}|colou?r\w*)\b")
    named = {True: 0, False: 0}
    for caption, image in zip(scene_set.captions, scene_set.caption_image, strict=True):
        named[scene_set.scenes[image].has_colour] += bool(pattern.search(caption.text.lower()))
    assert named[False] == 0 and named[True] > 500


def test_same_seed_same_set_whatever_the_hash_seed_of_python(scene_set):
    def digest(some):
        return hashlib.sha256(repr((some.scenes, some.captions)).encode()).hexdigest()

    code = (
        "import hashlib; from vacsr_core.scenes import sample, draw; some = sample(40, seed=5);"
        "print(hashlib.sha256(repr((some.scenes, some.captions)).encode()"
        " + draw(some.scenes[0], 64).tobytes()).hexdigest())"
    )
    seen = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(run.stdout.strip())
    assert len(seen) == 1 and len(seen.pop()) == 64
    assert digest(sample(400, seed=7)) == digest(scene_set)
    assert digest(sample(20, seed=8)) != digest(sample(20, seed=9))


def test_captions_are_plain_grammatical_english(scene_set):
    singular = {pair[0] for pairs in words.NOUNS.values() for pair in pairs} - {"fish"}
    plural = {pair[1] for pairs in words.NOUNS.values() for pair in pairs} - {"fish"}
    many = r"(?:two|three|four|[2-4]|some|a couple of)"
    wrong_forms = [
        r"  ", r" [,.;]", r"[{}]", r"^\s|\s$", r"\.\.",
        r"\b[Aa] [aeiou]", r"\b[Aa]n [^aeiou]", r"\b[Aa]n? [1-4]\b", r"\b[Aa]n? (some|one|two)\b",
        rf"\b([Tt]here|[Hh]ere) is {many} ", r"\b([Tt]here|[Hh]ere) are (a|an|one) (?!couple)",
        rf"\b({'|'.join(plural)}) is\b", rf"\b({'|'.join(singular)}) are\b",
        rf"\b1 (\w+ ){{0,3}}({'|'.join(plural)})\b(?! in)",
    ]  # fmt: skip
    for caption in scene_set.captions:
        for form in wrong_forms:
            assert not re.search(form, caption.text), (form, caption.text)
        assert len(caption.text.split()) <= 70
    texts = [caption.text for caption in scene_set.captions if caption.level == "exact"]
    assert len(set(texts)) > 0.99 * len(texts)


def test_wording_uses_synonyms(scene_set):
    text = " ".join(c.text.lower() for c in scene_set.captions if c.level == "exact")
    for word in ("car", "automobile", "ball", "sphere", "large", "big", "huge", "seaside", "beach"):
        assert re.search(rf"\b{word}", text), word


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample(0, seed=1), "at least 1"),
        (lambda: sample(1, seed=1, levels=("poetic",)), "Unknown caption level 'poetic'"),
        (lambda: sample_scene(np.random.default_rng(0), "cubist"), "Unknown style 'cubist'"),
        (lambda: draw(sample_scene(np.random.default_rng(0)), 8), "choose 32 to 1024"),
        (lambda: draw(sample_scene(np.random.default_rng(0)), 5000), "choose 32 to 1024"),
    ],
)
def test_errors_say_what_came_and_what_is_wanted(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_describe_takes_any_scene_of_one_object():
    scene = Scene("room", (_group("ball", 0.5, 0.85),), "grey", 0)
    rng = np.random.default_rng(0)
    for level in LEVELS:
        caption = describe(scene, level, rng)
        assert caption.level == level
        assert sum(not holds(fact, scene) for fact in caption.facts) == (level == "wrong")


@pytest.mark.parametrize("module", [model, sampling])
def test_examples_in_the_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
