"""Training the embedded backbone: photos, labelled pictures, cartoons and drawn scenes at once.

Source: the contrastive loss of CLIP, arXiv 2103.00020; labelled pictures are classified against
wordings of their classes as there in zero-shot evaluation. As every drawn scene's facts are known,
captions that also hold for another scene of the batch are no negatives of it, and each scene also
meets a caption that is wrong in just one fact.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vacsr_core import train
from vacsr_core.encode.untrained import save_clip
from vacsr_core.pretrain.config import BackboneConfig, model_config, preprocess_config
from vacsr_core.pretrain.domains import Domains, read_domains
from vacsr_core.pretrain.task import BackboneTask

__all__ = ["BackboneConfig", "read_domains", "train_backbone"]


def train_backbone(
    folder: str | Path,
    domains: Domains,
    config: BackboneConfig,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: str | Path | None = None,
) -> list[dict]:
    """Train a small two-tower model and write it as a `local-dir:` folder of open_clip.

    Args:
        folder: where configuration and half-precision weights go.
        domains: what `read_domains` gave for the same config.
        progress: called with (share done, text); may raise CancelledError.
        checkpoint: folder in which an interrupted run is kept and taken up again.

    Returns:
        One row an epoch: training losses and the figures it is watched by.

    Raises:
        CancelledError, DataError: see `train.fit`.
    """
    task = BackboneTask(config, domains)
    model_cfg = model_config(config.trunk, config.pixels)
    history = train.fit(
        task,
        config.epochs,
        config.epochs,
        progress,
        should_stop,
        checkpoint,
        fingerprint=repr((config, model_cfg)),
    )
    save_clip(Path(folder), task.whole_model(), model_cfg, preprocess_config(config.pixels))
    return history
