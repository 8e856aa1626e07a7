"""Data sets: what cannot be measured is said, and the sources read what they claim to."""

import numpy as np
import pandas
import pytest

from judges import data_set, noisy_data
from vacsr_core.errors import DataError, ShapeError
from vacsr_core.evaluation import plan, sources
from vacsr_core.evaluation.data_set import Judged
from vacsr_core.features import Features

EYE = np.eye(3)


def test_what_cannot_be_measured_is_said():
    with pytest.raises(DataError, match="none of 3 captions belongs to an image"):
        data_set(EYE, EYE, [-1, -1, -1])
    with pytest.raises(DataError, match="1 images, captions for 1"):
        data_set(EYE[:1], EYE, [0, 0, 0])
    with pytest.raises(DataError, match="3 images, captions for 1"):
        data_set(EYE, EYE, [2, 2, 2])
    with pytest.raises(DataError, match="all 3 captions are equal"):
        data_set(EYE, np.ones((3, 3)), [0, 1, 2])
    with pytest.raises(ShapeError, match="images have 3 columns, captions 2"):
        data_set(EYE, EYE[:, :2] + 1, [0, 1, 2])
    with pytest.raises(ShapeError, match="owners go from 0 to 3"):
        data_set(EYE, EYE, [0, 1, 3])


def test_take_keeps_captions_and_judgements_of_the_chosen_images():
    judged = Judged(
        "experts", np.array([0, 2, 2]), Features.from_vectors(EYE, "caption"), np.array([0, 1, 2]),
        np.array([[1.0], [2.0], [3.0]]), np.array([0.1, 0.2, 0.3]), np.array([False, False, True]),
    )  # fmt: skip
    data = data_set(EYE, np.vstack([EYE, EYE[:1]]), [0, 1, 2, 2], judged=(judged,))
    part = data.take(np.array([1, 2]))
    assert part.owner.tolist() == [0, 1, 1] and part.image_ids == ("i1", "i2")
    assert part.captions.vectors == pytest.approx(data.captions.vectors[1:])
    (kept,) = part.judged
    assert kept.image.tolist() == [1, 1] and kept.caption.tolist() == [1, 2]
    assert kept.disagreement.tolist() == [0.2, 0.3] and kept.may_match.tolist() == [False, True]
    assert part.image_keys.tolist() == data.image_keys[1:].tolist()
    assert data.take(np.array([0, 1])).judged[0].image.tolist() == [0]


def test_fingerprints_tell_owners_apart():
    one, other = data_set(EYE, EYE, [0, 1, 2]), data_set(EYE, EYE, [0, 2, 1])
    assert one.fingerprint() == data_set(EYE, EYE, [0, 1, 2]).fingerprint()
    assert one.fingerprint() != other.fingerprint()


def write(path, **changes):
    arrays = {"image_features": EYE, "text_features": EYE, "caption_image": np.arange(3)} | changes
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return path


def test_ready_features(tmp_path):
    data = sources.from_features(
        write(tmp_path / "f.npz", captions=np.array(["a", "b", "c"])), "model"
    )
    assert data.name == "f.npz: 3 images, 3 captions" and data.texts == ("a", "b", "c")
    assert data.images.backbone_id == "model" and data.image_ids == ("0", "1", "2")
    with pytest.raises(ShapeError, match=r"g.npz: vectors hold NaN or infinity, first in row 1"):
        sources.from_features(write(tmp_path / "g.npz", image_features=EYE * [[1], [np.nan], [1]]))
    with pytest.raises(DataError, match=r"caption_image \(M,\)"):
        sources.from_features(write(tmp_path / "h.npz", caption_image=None))
    with pytest.raises(DataError, match="cannot be used"):
        sources.from_features(tmp_path / "none.npz")


def judgements(path, **columns):
    table = {
        "image_id": ["i0", "i0", "i1", "far"],
        "caption_id": ["i1#0", "i2#0", "i2#0", "i0#0"],
        "caption": ["one", "two", "two", "zero"],
    }
    pandas.DataFrame(table | columns).to_csv(path, index=False)
    return path


EXPERTS = {"judge1": [1, 4, 2, 1], "judge2": [1, 3, 3, 1], "judge3": [1, 2, 4, 1]}


def test_judgements_are_looked_up_among_ready_features(tmp_path):
    data = data_set(EYE, EYE, [0, 1, 2], texts=("zero", "one", "two"))
    path = judgements(tmp_path / "e.csv", **EXPERTS)
    found = sources.with_judgements(data, [path])
    (judged,) = found.judged
    assert (judged.kind, judged.image.tolist()) == ("experts", [0, 0, 1])
    assert judged.caption.tolist() == [1, 2, 2] and judged.may_match.tolist() == [0, 1, 1]
    assert judged.disagreement == pytest.approx([0, np.std([4, 3, 2]), np.std([2, 3, 4])])
    assert "1 of images with unknown ids" in found.notes[0]
    crowd = judgements(tmp_path / "c.csv", yes_fraction=[0.0, 0.5, 0.25, 1.0])
    (judged,) = sources.with_judgements(data, [crowd]).judged
    assert judged.disagreement == pytest.approx([0, 0.25, 0.1875]) and judged.may_match is None


def test_errors_of_judgements(tmp_path):
    data = data_set(EYE, EYE, [0, 1, 2], texts=("x", "y", "z"))
    path = judgements(tmp_path / "e.csv", **EXPERTS)
    with pytest.raises(DataError, match="none of its 2 captions is among the data set's 3 texts"):
        sources.with_judgements(data, [path])
    strangers = data_set(EYE, EYE, [0, 1, 2], image_ids=("p", "q", "r"))
    with pytest.raises(DataError, match="of 4 pairs none is of one of the 3 images"):
        sources.with_judgements(strangers, [path])
    with pytest.raises(DataError, match="judge1, judge2, judge3 or yes_fraction"):
        sources.with_judgements(data, [judgements(tmp_path / "n.csv", stars=[1, 2, 3, 4])])
    with pytest.raises(DataError, match="is not there"):
        sources.with_judgements(data, [tmp_path / "none.csv"])


def test_halves_share_no_image_and_differ_by_seed():
    data = noisy_data(11)
    parts = plan.halves(data, (0, 1)).parts
    fitting, (measured,) = parts(0)
    assert len(fitting.images) == 5 and len(measured.images) == 6
    assert not set(fitting.image_ids) & set(measured.image_ids)
    assert parts(0)[0].image_ids == fitting.image_ids != parts(1)[0].image_ids


def test_nothing_is_measured_on_what_was_fitted_or_with_another_model():
    data = noisy_data(10)
    with pytest.raises(DataError, match="10 images are in both"):
        plan.fixed(data, (data,), (0,))
    with pytest.raises(DataError, match="features of 16 columns"):
        plan.fixed(data, (data_set(EYE, EYE, [0, 1, 2]),), (0,))
    with pytest.raises(DataError, match="No seed"):
        plan.halves(data, ())
