"""The teachers: whose relations are kept. The backbone's own features, or stronger ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features

Teachers = tuple[np.ndarray | None, np.ndarray | None]
_NAMES = ("image_features", "text_features")
_RIDGE = 1e-2  # of the mean square of a teacher's column


def read_teachers(path: str | Path) -> Teachers:
    """Read features of stronger models of one modality, for `fit_space`.

    Args:
        path: .npz with image_features (N, Dt), text_features (M, Dt'), or one of them, rows in the
            order of the data set that is fitted on.

    Returns:
        Image and caption teacher; None for one that is not in the file.

    Raises:
        DataError: the file cannot be read, or holds neither.
    """
    try:
        with np.load(Path(path), allow_pickle=False) as held:
            found = tuple(held[name] if name in held.files else None for name in _NAMES)
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be used ({error}); wanted is an .npz with image_features (N, Dt), "
            "text_features (M, Dt'), or one of them."
        ) from error
    if all(array is None for array in found):
        raise DataError(f"{path} holds none of {' and '.join(_NAMES)}; give at least one of them.")
    return found


def teacher_rows(teacher: np.ndarray | None, students: Features) -> np.ndarray:
    """The unit rows that a modality's relations are taken from: (N, Dt), float32.

    Args:
        teacher: (N, Dt) of any length; None for the students' own.
        students: N items.

    Raises:
        ShapeError: not one row for each student; NaN, infinity or a row of zeros.
        DataError: all rows are the same, so there are no relations to keep.
    """
    if teacher is None:
        rows, name = students.vectors, f"{students.modality} features"
    else:
        name = f"{students.modality} teacher"
        teacher = np.asarray(teacher)
        if teacher.ndim != 2 or len(teacher) != len(students):
            raise ShapeError(
                f"The {name} has shape {teacher.shape}; wanted is one row for each of the "
                f"{len(students)} {students.modality}s, in their order: ({len(students)}, Dt)."
            )
        try:
            rows = Features.from_vectors(teacher, students.modality).vectors
        except ShapeError as error:
            raise ShapeError(f"The {name}: {error}") from error
    if len(rows) > 1 and np.allclose(rows, rows[0], atol=1e-6):
        raise DataError(
            f"All {len(rows)} {name} are the same, so they hold no relations to keep; check what "
            "they were made from."
        )
    return rows


def projection(teacher: np.ndarray, students: np.ndarray) -> np.ndarray:
    """What takes a teacher's columns to the students', float32 (Dt, D), by ridge regression.

    Args:
        teacher: float32 (N, Dt); students: float32 (N, D), the same items.

    Deviation from arXiv 2412.10761, where the projection is learnt beside the student: one that is
    learnt can follow a student that drifts, and this one cannot.
    """
    gram = teacher.T @ teacher  # (Dt, Dt)
    gram[np.diag_indices_from(gram)] += _RIDGE * np.trace(gram) / len(gram)
    return np.linalg.solve(gram, teacher.T @ students)
