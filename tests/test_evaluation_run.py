"""Running and resuming: finished fits are kept, figures of all seeds are summed up alike."""

import numpy as np
import pytest

from judges import CosineJudge, noisy_data
from vacsr_core.errors import DataError
from vacsr_core.evaluation import plan
from vacsr_core.evaluation.choice import choose_doubts
from vacsr_core.evaluation.one_trial import run_trial
from vacsr_core.evaluation.report import Report
from vacsr_core.evaluation.roster import Entry, entries
from vacsr_core.evaluation.run import run
from vacsr_core.evaluation.summary import summarise
from vacsr_core.evaluation.trial import Store, Trial, key

SEEDS = (0, 1)


class Turned(CosineJudge):
    """The cosine, with a doubt that is right and one that is upside down."""

    def judge(self, images, captions, gallery=None):
        verdict = super().judge(images, captions, gallery)
        for doubts in (verdict.image_doubt, verdict.caption_doubt):
            doubts["turned"] = -doubts["unlike"]
        return verdict


def entry(name: str, fits: list, judge=CosineJudge, stops: bool = False) -> Entry:
    def fit(data, seed, progress=None, should_stop=None):
        fits.append((name, seed))
        if stops:
            raise KeyboardInterrupt
        return {name: judge(name)}

    return Entry(name, "rival" if name == "cosine" else "ours", {"of": judge.__name__}, fit)


def two_parts() -> plan.Plan:
    return plan.fixed(noisy_data(40, 1), (noisy_data(50, 2, 0.9), noisy_data(30, 3, 0.9, name="b")),
                      SEEDS)  # fmt: skip


def report_of(trials: list[Trial]) -> Report:
    here = [trial for trial in trials if trial.data == "tiny"]
    kinds = {"cosine": "rival", "ours": "ours"}
    return summarise(here, kinds, "tiny", "a split", "a command", "cosine")


def without_cost(report: Report) -> list:
    return [figure for figure in report.figures if figure.table != "cost"]


def test_a_stopped_run_goes_on_and_gives_the_same_report(tmp_path):
    whole: list = []
    straight = run(two_parts(), [entry("cosine", whole), entry("ours", whole, Turned)], (0.25,))
    assert len(whole) == 8  # two entries, two seeds, a clean and a noisy fit each
    first, second = [], []
    with pytest.raises(KeyboardInterrupt):
        wanted = [entry("cosine", first), entry("ours", first, Turned, stops=True)]
        run(two_parts(), wanted, (0.25,), tmp_path)
    assert first == [("cosine", 0), ("cosine", 0), ("ours", 0)]
    wanted = [entry("cosine", second), entry("ours", second, Turned)]
    taken_up = run(two_parts(), wanted, (0.25,), tmp_path)
    assert second.count(("cosine", 0)) == 0 and len(second) == 6
    one, other = report_of(straight), report_of(taken_up)
    assert without_cost(one) == without_cost(other) and len(without_cost(one)) > 100
    assert (one.chosen, one.curves, one.notes) == (other.chosen, other.curves, other.notes)
    again: list = []
    run(two_parts(), [entry("cosine", again), entry("ours", again, Turned)], (0.25,), tmp_path)
    assert again == []


def test_other_data_and_settings_are_fitted_anew(tmp_path):
    fits: list = []
    run(two_parts(), [entry("cosine", fits)], (), tmp_path)
    run(two_parts(), [entry("cosine", fits, Turned)], (), tmp_path)
    _, measured = two_parts().parts(0)
    moved = plan.fixed(noisy_data(40, 1, 0.6), measured, SEEDS)  # of the same name
    run(moved, [entry("cosine", fits)], (), tmp_path)
    assert len(fits) == 6


def test_a_folder_of_another_model_or_a_damaged_file_is_refused(tmp_path):
    run(two_parts(), [entry("cosine", [])], (), tmp_path)
    kept = sorted(tmp_path.glob("*.npz"))
    with pytest.raises(DataError, match="16 columns of a model without a name; these are 512 col"):
        Store(tmp_path, "512 columns of ViT")
    assert sorted(tmp_path.glob("*.npz")) == kept and len(kept) == 2
    kept[0].write_bytes(b"half of it")
    with pytest.raises(DataError, match="delete this one file"):
        run(two_parts(), [entry("cosine", [])], (), tmp_path)
    (tmp_path / "evaluation.json").write_text("{")
    with pytest.raises(DataError, match="delete this one to start anew"):
        Store(tmp_path, "512 columns of ViT")


def test_a_trial_comes_back_as_it_was(tmp_path):
    trial = Trial(
        "d", "c", 3, {"a|b||": 0.5, "n|n||": float("nan")}, {"x/y z": np.arange(3)}, ("!",)
    )
    store = Store(tmp_path, "any")
    store.save("name", [trial])
    (back,) = store.load("name")
    assert (back.data, back.contender, back.seed, back.notes) == ("d", "c", 3, ("!",))
    assert back.numbers["a|b||"] == 0.5 and np.isnan(back.numbers["n|n||"])
    assert back.arrays["x/y z"].tolist() == [0, 1, 2]
    assert store.load("other") is None and Store(None, "any").load("name") is None


def test_figures_are_means_over_seeds_with_intervals():
    report = report_of(run(two_parts(), [entry("cosine", []), entry("ours", [], Turned)]))
    (recall,) = report.find(
        contender="cosine", table="retrieval", measure="R@1", direction="caption to image"
    )
    assert recall.count == 100 and recall.seeds == SEEDS and recall.spread == 0.0
    assert 0 < recall.low < recall.value < recall.high < 1
    (gap,) = report.find(
        contender="ours", table="difference to cosine", measure="R@1", direction="caption to image"
    )
    assert (gap.value, gap.low, gap.high) == (0, 0, 0)  # both rank by the cosine
    (gap,) = report.find(
        contender="ours",
        table="difference to cosine",
        measure="AUROC",
        direction="caption to image",
    )
    assert gap.value == pytest.approx(0) and gap.doubt == "unlike"


def test_the_doubt_is_chosen_on_validation():
    report = report_of(run(two_parts(), [entry("cosine", []), entry("ours", [], Turned)]))
    (ours,) = [row for row in report.chosen if row.contender == "ours"]
    # 8 images and 16 captions on validation, two seeds: errors enough or not, never upside down.
    assert ours.doubt in ("unlike", "constant") and ours.kind == "ours" and ours.is_best


def choice_of(errors: float, aurocs: dict[str, float]) -> tuple:
    numbers = {key("choice on validation", "errors", "image to caption"): errors}
    for name, value in aurocs.items():
        numbers[key("choice on validation", "AUROC", "caption to image", name)] = value
    arrays = {f"image to caption/doubt/{name}": np.zeros(1) for name in aurocs}
    (row,) = choose_doubts({"x": [Trial("d", "x", 0, numbers, arrays)]}, {"x": "ours"}, "d")
    return row.doubt, row.auroc


def test_too_few_errors_on_validation_choose_nothing():
    aurocs = {"std": 0.9, "entropy of P(best)": 0.6, "margin": float("nan")}
    assert choice_of(10, aurocs) == ("std", 0.9)
    assert choice_of(9, aurocs) == ("entropy of P(best)", None)
    assert choice_of(9, {"std": 0.9, "margin": 0.1}) == ("std", None)


def test_shuffled_captions_are_noticed_by_an_unlike_pair():
    fitting, measured = noisy_data(40, 1, 0.1), noisy_data(30, 2, 0.1)
    (trial,) = run_trial(entry("cosine", []), fitting, [measured], 0, (0.2,))
    assert trial.numbers["noise 20 %|shuffled||"] == 16  # of 80 captions
    assert trial.numbers["noise 20 %|AUROC for shuffled pairs||unlike"] > 0.99
    assert trial.numbers["noise 20 %|R@1 kept|caption to image|"] == 1.0
    assert trial.numbers["excluded|queries without a match, left out|caption to image|"] == 0


def test_unknown_contenders_are_named():
    with pytest.raises(DataError, match="Unknown contender 'magic'; choose of: cosine"):
        entries(("magic",))
    assert [row.name for row in entries(("PAU",))] == ["cosine", "PAU"]
    assert [row.kind for row in entries((), ablation=True)].count("ablation") >= 9
