"""Words for the labelled pictures: complete, shared where they should be, grammatical."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from vacsr_core.class_names import (
    CARTOON_EVALUATION_TEMPLATES,
    CARTOON_TEMPLATES,
    EVALUATION_TEMPLATES,
    EXTRA_CLASSES,
    PACS,
    TEMPLATES,
    TINY_IMAGENET,
    evaluation_prompts,
    fill,
    prompts,
    with_article,
)

SHARED = Path(os.environ.get("VACSR_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
WORDS = TINY_IMAGENET | PACS
ALL_TEMPLATES = {*TEMPLATES, *CARTOON_TEMPLATES, *EVALUATION_TEMPLATES}
ALL_TEMPLATES |= set(CARTOON_EVALUATION_TEMPLATES)


def test_counts():
    assert len(TINY_IMAGENET) == 202
    assert set(PACS) == {"dog", "elephant", "giraffe", "guitar", "horse", "house", "person"}
    assert len(set(TINY_IMAGENET) - set(EXTRA_CLASSES)) == 200
    assert len(set(TEMPLATES)) == len(TEMPLATES) >= 20
    assert len(set(EVALUATION_TEMPLATES)) == 7


@pytest.mark.parametrize("key", WORDS)
def test_words_of_a_class(key):
    names, kinds = WORDS[key]
    assert 1 <= len(names) <= (7 if key == "person" else 4)
    assert 1 <= len(kinds) <= 3
    words = names + kinds
    assert len(set(words)) == len(words)  # a name is no kind
    assert all(word and word == word.strip().lower() and "  " not in word for word in words)


def test_no_name_means_two_classes():
    for table in (TINY_IMAGENET, PACS):
        count = Counter(name for names, _ in table.values() for name in names)
        assert [name for name, times in count.items() if times > 1] == []
        kinds = {kind for _, of_class in table.values() for kind in of_class}
        assert not kinds & set(count)  # a picture of a kind would be a wrong "other class"


def test_kinds_are_shared():
    count = Counter(kind for _, kinds in WORDS.values() for kind in kinds)
    alone = [key for key, (_, kinds) in WORDS.items() if all(count[kind] < 2 for kind in kinds)]
    assert len(alone) <= 6
    assert count["animal"] > 60 and count["dog"] == 6


def test_misleading_synonyms_are_gone():
    names = {name for of_class, _ in TINY_IMAGENET.values() for name in of_class}
    assert not names & {"crane", "drop", "board", "brass", "painter", "taper", "walking stick"}


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("orange", "an orange"),
        ("dog", "a dog"),
        ("hourglass", "an hourglass"),
        ("house", "a house"),
        ("uniform", "a uniform"),
        ("umbrella", "an umbrella"),
        ("mp3 player", "an mp3 player"),
        ("sunglasses", "sunglasses"),
        ("ice cream", "ice cream"),
        ("ice lolly", "an ice lolly"),
    ],
)
def test_article(word, wanted):
    assert with_article(word) == wanted
    assert fill("a photo of a {}", word) == f"a photo of {wanted}"
    assert fill("{}", word) == word


def test_plurals_take_no_article():
    words = {word for names, kinds in WORDS.values() for word in names + kinds}
    plural = {word for word in words if re.search(r"[^isu]s$", word)}
    plural -= {word for word in plural if re.search(r" (of|with|wearing|around) ", word)}
    assert len(plural) >= 8
    assert {with_article(word) for word in plural} == plural


def test_verbs_of_plurals():
    assert fill("there is a {} here", "people") == "there are people here"
    assert fill("this is a {}", "sandals") == "these are sandals"
    assert fill("this is a {}", "food") == "this is food"


@pytest.mark.parametrize("template", sorted(ALL_TEMPLATES))
def test_templates_have_one_place_for_the_word(template):
    assert template.count("{}") == 1
    for names, kinds in WORDS.values():
        for word in names + kinds:
            filled = fill(template, word)
            assert word in filled and "{" not in filled
            assert not re.search(r"\b(an? an?\b|a [aio]\w|an [bcdfgjklnpqrstvwxyz])", filled)


def test_prompts_are_the_best_name_in_every_template():
    found = evaluation_prompts(["n03126707", "dog"])
    assert found[0][:2] == ["a construction crane", "a photo of a construction crane"]
    assert found[1] == prompts("dog") and len(found[1]) == 7


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not there")
def test_every_class_of_the_data_has_words():
    from pyarrow import parquet

    labelled = parquet.read_table(SHARED / "tiny-imagenet-200.parquet", columns=["wnid"])
    assert set(labelled["wnid"].to_pylist()) == set(TINY_IMAGENET)
    for name in ("pacs-photo", "pacs-cartoon"):
        found = parquet.read_table(SHARED / f"{name}.parquet", columns=["label"])
        assert set(found["label"].to_pylist()) == set(PACS)
