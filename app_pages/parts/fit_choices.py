"""The choices for a fit: stages, how much may be learnt, scenes, epochs, seed, how many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import fitting, trial_words

if TYPE_CHECKING:
    from app_pages.parts.own_pairs import OwnPairs

MOST_EPOCHS = 500


def draw(pairs: OwnPairs) -> None:
    """Draw the choices for a fit on these pairs, with the button that starts it."""
    from vacsr_core.trial_fit import MOST_MEMBERS, images_to_fit_on

    learnt_from = images_to_fit_on(pairs.labelled)
    st.write(trial_words.what_there_is(pairs.labelled, learnt_from))
    stages, how = _stages(), _how()
    epochs = _epochs(trial_words.kind_of_fit(how, learnt_from))
    has_scenes = _has_scenes(learnt_from)
    with st.expander("Advanced", icon=":material/tune:"):
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="fit_seed",
            persist_state="session",
            width=160,
            help="Of the split, the scenes, the starting weights and the batches. The same seed "
            "gives the same fit; the pictures left out for comparing are the same for any seed.",
        )
        members = st.number_input(
            "Fits side by side",
            1,
            MOST_MEMBERS,
            1,
            key="fit_members",
            persist_state="session",
            width=160,
            help="From two on, the Pair view tells whether a pair is ambiguous or the model has "
            "not seen enough. Every fit more takes its time, now and for every pair.",
        )
    st.button(
        f"Fit on {pairs.name}",
        key="fit_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not stages,
        on_click=_start,
        args=(stages, how, epochs, seed, has_scenes, members),
        help="Your pairs stay in this session: nobody else's similarities change.",
    )


def _start(
    stages: tuple[str, ...],
    how: str,
    epochs: int | None,
    seed: int,
    has_scenes: bool,
    members: int,
) -> None:
    from vacsr_core.trial_fit import FitChoices

    fitting.start_trial(FitChoices(stages, how, epochs, seed, has_scenes, members))


def _stages() -> tuple[str, ...]:
    from vacsr_core.trial_fit import STAGES_TO_FIT

    chosen = st.pills(
        "What to fit",
        STAGES_TO_FIT,
        selection_mode="multi",
        default=STAGES_TO_FIT,
        format_func=trial_words.STAGES.__getitem__,
        disabled=len(STAGES_TO_FIT) == 1,
        key="fit_stages",
    )
    return tuple(chosen)


def _how() -> str:
    from vacsr_core.first_fit import HOW

    return st.radio(
        "How much may be learnt",
        HOW,
        format_func=lambda name: trial_words.HOW[name][0],
        captions=[trial_words.HOW[name][1] for name in HOW],
        key="fit_how",
        persist_state="session",
    )


def _has_scenes(learnt_from: int) -> bool:
    from vacsr_core.fit_config import FEWEST_IMAGES

    is_needed = learnt_from < FEWEST_IMAGES
    return st.toggle(
        "Add drawn scenes",
        value=True,
        key=f"fit_scenes_{is_needed}",
        disabled=is_needed,
        help=trial_words.SCENES_HELP.format(FEWEST_IMAGES),
    )


def _epochs(kind: str) -> int | None:
    """The number chosen; None for the default, which is another one for each kind of fit."""
    from vacsr_core.first_fit import EPOCHS

    chosen = st.number_input(
        "Epochs at most",
        1,
        MOST_EPOCHS,
        EPOCHS[kind],
        key=f"fit_epochs_{kind}",
        persist_state="session",
        width=160,
        help="In one epoch every pair is seen once. A fit stops earlier where the loss on pictures "
        "held out no longer falls, and keeps the best epoch.",
    )
    return None if chosen == EPOCHS[kind] else chosen
