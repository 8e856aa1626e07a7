"""The loss curves of a fit: the numbers of its epochs, run by run."""

import pytest

from planted import planted_pairs
from vacsr_core import FitConfig, fit_adapters
from vacsr_core.errors import DataError
from vacsr_core.figures import training_chart


def rows(*losses: float, part: str = "reconstruction", how: str = "full") -> list[dict]:
    return [
        {
            "epoch": epoch,
            "how": how,
            "train": {part: 2 * loss, "kl": 99.0},
            "validation": {"loss": loss},
        }
        for epoch, loss in enumerate(losses, 1)
    ]


def test_curves_hold_the_losses_and_mark_the_best():
    chart = training_chart(rows(0.5, 0.2, 0.3))
    training, left_out, best = chart.figure.data
    assert (training.x, training.y) == ((1, 2, 3), (1.0, 0.4, 0.6))
    assert left_out.y == (0.5, 0.2, 0.3)
    assert (best.x, best.y) == ((2,), (0.2,))
    assert training.line.dash == "dash" and training.marker.symbol != left_out.marker.symbol
    assert chart.table == {
        "run": [1, 1, 1],
        "fit": ["full"] * 3,
        "epoch": [1, 2, 3],
        "training": [1.0, 0.4, 0.6],
        "left out": [0.5, 0.2, 0.3],
    }
    assert "epochs 1 to 3" in chart.alt and "lowest after epoch 2" in chart.alt
    assert "the ring at epoch 2 (0.2000; one epoch came since)" in chart.how_to_read


def test_the_last_run_is_drawn_and_the_table_holds_all():
    both = rows(0.5, 0.4) + rows(-1.0, part="sigma", how="conservative")
    chart = training_chart(both)
    assert chart.figure.data[1].y == (-1.0,)
    assert chart.figure.data[0].y == (-2.0,)
    assert chart.table["run"] == [1, 1, 2]
    with pytest.raises(DataError, match="No epoch has ended"):
        training_chart([])


@pytest.mark.parametrize("is_ranking_kept", [False, True])
def test_what_a_fit_reports_can_be_drawn_while_it_runs(is_ranking_kept):
    told, lengths = [], []

    def on_epoch(row: dict) -> None:
        told.append(row)
        lengths.append(len(training_chart(told, is_dark=True).figure.data[1].x))

    config = FitConfig(epochs=3, batch=32, is_ranking_kept=is_ranking_kept)
    fitted = fit_adapters(*planted_pairs(20), config, on_epoch=on_epoch)
    assert lengths == [1, 2, 3]
    tags = {"stage": "vacsr", "how": "conservative" if is_ranking_kept else "full"}
    assert told == [tags | row for row in fitted.history["epochs"]]


def test_a_resumed_fit_tells_the_epochs_before_it_too(tmp_path):
    pairs, config, told = planted_pairs(20), FitConfig(epochs=2, batch=32), []
    fit_adapters(*pairs, config, checkpoint=tmp_path)
    fit_adapters(*pairs, config, checkpoint=tmp_path, on_epoch=told.append)
    assert [row["epoch"] for row in told] == [1, 2]
