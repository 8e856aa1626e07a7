"""The demo gallery: rendered scenes with captions, written as a folder that any user could own."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np

from vacsr_core.scenes import STYLES, Scene, SceneCaption, describe, draw, sample_scene
from vacsr_core.scenes.vocabulary import SETTINGS
from vacsr_core.scenes.words import NOUNS

IMAGE_SIZE = 384  # pixels along one side
QUALITY = 82  # of the WebP files
# How many pictures of each style; with the copies they are 48.
STYLE_COUNTS: dict[str, int] = {
    "flat": 7,
    "paper": 8,
    "watercolour": 8,
    "night": 6,
    "pixel": 5,
    "sketch": 3,
    "blueprint": 3,
    "grey": 3,
    "noise": 3,
}
MOST_OF_A_KIND = 3  # pictures in which one kind of object may be the main one
COPIES = 2  # exact duplicates under another name, so that the app has some to flag
# Three captions a picture; the second and third turn round so that every kind occurs.
SECOND_LEVELS = ("partial", "formal", "exact", "telegraphic")
THIRD_LEVELS = ("generic", "partial", "wrong", "generic", "telegraphic")
DEFAULT_SEED = 9

README_TEXT = """# Demo gallery

{images} pictures and {captions} captions, drawn and written by this project's own code
(`vacsr_core.demo.build`, seed {seed}); free to use under the licence of the project.

- `captions.csv` (UTF-8): `image`, `caption`, `level`; three captions a picture.
- Levels: `exact` says all that can be seen, `formal` and `telegraphic` say the same in other
  words, `partial` says some of it, `generic` fits very many pictures.
- **Wrong on purpose:** the {wrong} captions of level `wrong` state exactly one fact that does not
  hold (a colour, a number, a size, a place or a side). They show how a wrong label is found.
- **Doubled on purpose** (exact duplicates, as the app flags them): {copies}.
- Sketches, blueprints and grey pictures show no colours, so their captions name none.
"""


def build(folder: Path, seed: int = DEFAULT_SEED) -> None:
    """Write the demo gallery: 48 pictures as WebP, `captions.csv` and a README.

    Args:
        folder: where to write; made if it is missing. Files of the same name are replaced.
        seed: the same seed writes the same gallery.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    scenes = choose_scenes(rng)
    names = _file_names(scenes)
    rows: list[tuple[str, SceneCaption]] = []
    for index, (scene, name) in enumerate(zip(scenes, names, strict=True)):
        draw(scene, IMAGE_SIZE).save(folder / name, "WEBP", quality=QUALITY, method=6)
        levels = (
            "exact",
            SECOND_LEVELS[index % len(SECOND_LEVELS)],
            THIRD_LEVELS[index % len(THIRD_LEVELS)],
        )
        rows.extend((name, caption) for caption in _captions(scene, levels, rng))
    with (folder / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("image", "caption", "level"))
        writer.writerows((name, caption.text, caption.level) for name, caption in rows)
    doubled = (f"`{names[i - COPIES]}` = `{names[i]}`" for i in range(COPIES))
    text = README_TEXT.format(
        images=len(scenes),
        captions=len(rows),
        seed=seed,
        wrong=sum(caption.level == "wrong" for _, caption in rows),
        copies="; ".join(doubled),
    )
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")


def choose_scenes(rng: np.random.Generator) -> list[Scene]:
    """Choose scenes that make a varied gallery: styles as in `STYLE_COUNTS`, settings in turn.

    Args:
        rng: source of chance.

    Returns:
        48 scenes; the last `COPIES` are the first ones once more.
    """
    styles = [style for style in STYLES for _ in range(STYLE_COUNTS[style])]
    scenes: list[Scene] = []
    shown: Counter[str] = Counter()
    for index, style in enumerate(styles):
        # Steps of 3 through 8 settings: neighbours differ, and each style meets many settings.
        setting = list(SETTINGS)[index * 3 % len(SETTINGS)]
        scene = sample_scene(rng, style)
        while (
            scene.setting != setting
            or not _is_well_composed(scene)
            or shown[_main_kind(scene)] >= MOST_OF_A_KIND
        ):
            scene = sample_scene(rng, style)
        shown[_main_kind(scene)] += 1
        scenes.append(scene)
    order = rng.permutation(len(scenes))
    mixed = [scenes[index] for index in order]
    return mixed + mixed[:COPIES]


def _main_kind(scene: Scene) -> str:
    """The kind that takes most of the canvas."""
    return max(scene.objects, key=lambda group: group.count * group.extent**2).kind


def _is_well_composed(scene: Scene) -> bool:
    """Two or three groups, at least one of them large, spread over the canvas."""
    centres = np.array([centre for group in scene.objects for centre in group.centres])
    spread = np.ptp(centres[:, 0]) if len(centres) > 1 else 0.0
    covered = sum(group.count * group.extent**2 for group in scene.objects)
    return (
        len(scene.objects) in (2, 3)
        and any(group.size == "large" for group in scene.objects)
        and spread >= 0.35
        and 0.16 <= covered <= 0.42
    )


def _captions(
    scene: Scene, levels: tuple[str, ...], rng: np.random.Generator
) -> list[SceneCaption]:
    """One caption of each level, none twice the same text."""
    found: list[SceneCaption] = []
    for level in levels:
        caption = describe(scene, level, rng)
        while caption.text in {other.text for other in found}:
            caption = describe(scene, level, rng)
        found.append(caption)
    return found


def _file_names(scenes: list[Scene]) -> list[str]:
    """Names such as "beach-boats-01.webp", after the setting and the largest group."""
    seen: dict[str, int] = {}
    names = []
    for scene in scenes:
        main = next(group for group in scene.objects if group.kind == _main_kind(scene))
        stem = f"{scene.setting}-{NOUNS[main.kind][0][main.count > 1]}"
        seen[stem] = seen.get(stem, 0) + 1
        names.append(f"{stem}-{seen[stem]:02d}.webp")
    return names
