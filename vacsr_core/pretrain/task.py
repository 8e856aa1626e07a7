"""One run of the backbone's training: the model, its batches and losses, and what watches it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from vacsr_core import losses
from vacsr_core.encode.untrained import untrained_clip
from vacsr_core.pretrain import augment, texts
from vacsr_core.pretrain.config import TEXT, BackboneConfig, model_config
from vacsr_core.pretrain.domains import Domains
from vacsr_core.pretrain.encoding import encode_images, encode_texts
from vacsr_core.pretrain.sources import SCENE_SHARES
from vacsr_core.pretrain.watch import watch

LARGEST_SCALE = 50.0
PHOTOS = OBJECTS = augment.Augmentation()


class BackboneTask:
    """See `train.Task`. `model` holds live weights, their moving average, and a helper head."""

    def __init__(self, config: BackboneConfig, domains: Domains) -> None:
        self.config, self.domains = config, domains
        live, average = self._new_model(), self._new_model()
        parts = {"live": live, "average": average.requires_grad_(False)}
        if domains.photos is not None:
            self.said = texts.word_targets(domains.photos.ids)
            columns = model_config(config.trunk, config.pixels)["embed_dim"]
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(config.seed)
                parts["words"] = nn.Linear(columns, self.said.shape[1])
        self.model = nn.ModuleDict(parts).to(config.device, memory_format=torch.channels_last)
        average.eval()
        learnt = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in learnt if p.ndim >= 2]},
                {"params": [p for p in learnt if p.ndim < 2], "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.steps_an_epoch = config.steps

    def _new_model(self) -> nn.Module:
        config = model_config(self.config.trunk, self.config.pixels)
        config["text_cfg"]["vocab_size"] = len(self.domains.vocabulary)
        model = untrained_clip(config, self.config.seed)
        with torch.no_grad():
            model.text.token_embedding.weight[texts.UNKNOWN] = 0.0
        return model

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of every domain."""
        config = self.config
        warm = min(1.0, share_done / config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * share_done))
        side = config.first_pixels if share_done < config.first_share else config.pixels
        found = self._losses(side)
        self.optimiser.zero_grad(set_to_none=True)
        sum(found.values()).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimiser.step()
        self._follow(share_done * config.epochs * config.steps)
        return {name: float(value.detach()) for name, value in found.items()}

    @torch.no_grad()
    def _follow(self, updates: float) -> None:
        """Move the average towards the live weights, faster while there are few updates."""
        rate = 1 - min(self.config.average, (1 + updates) / (10 + updates))
        live = self.model["live"].state_dict()
        for name, value in self.model["average"].state_dict().items():
            if value.is_floating_point():
                value.lerp_(live[name], rate)
            else:
                value.copy_(live[name])

    def _draw(self, count: int, total: int) -> Tensor:
        return torch.randperm(total, generator=self.generator)[:count]

    def _losses(self, side: int) -> dict[str, Tensor]:
        """Weighted losses of one batch; texts of one domain, alike in length, go together."""
        config, domains, pictures, ids = self.config, self.domains, [], []
        photo_rows = scene_rows = torch.empty(0, dtype=torch.int64)
        if domains.photos is not None:
            photo_rows = self._draw(config.photos, len(domains.photos.pixels))
            pictures.append(self._change(domains.photos.pixels[photo_rows], side, PHOTOS))
            ids.append(self._two_captions(photo_rows))
        if domains.scenes is not None:
            scene_rows = self._draw(config.scene_images, len(domains.scenes.pixels))
            changed = self._change(domains.scenes.pixels[scene_rows], side, augment.SCENES)
            pictures.append(changed)
            shares = torch.tensor(SCENE_SHARES)
            level = torch.multinomial(
                shares, len(scene_rows), replacement=True, generator=self.generator
            )
            own, wrong = (domains.scenes.ids[scene_rows, at] for at in (level, -1))
            ids.append(torch.cat([own, wrong]))
        labelled = self._labelled_batch(side, pictures)
        embedded = self._encode_images(torch.cat(pictures))
        unit = functional.normalize(embedded, dim=-1)
        found = {}
        count = len(photo_rows) + len(scene_rows)
        if count:
            captions = torch.cat([self._encode_texts(part, config.drop_words) for part in ids])
            excluded = torch.zeros(count, len(captions), dtype=torch.bool)
            if len(scene_rows):
                self._mark_true(excluded, scene_rows, level)
            found |= self._pair_losses(unit[:count], captions, len(photo_rows), excluded)
        if len(photo_rows):
            said = self.said[photo_rows].to(config.device)
            guessed = self.model["words"](embedded[: len(photo_rows)])
            found["words"] = config.words_weight * functional.cross_entropy(guessed, said)
        return found | self._label_losses(unit[count:], labelled)

    def _change(self, pixels: Tensor, side: int, how: augment.Augmentation) -> Tensor:
        return augment.change(pixels, side, how, self.generator)

    def _two_captions(self, rows: Tensor) -> Tensor:
        """Ids (2 P, L) of two different captions of each photo."""
        ids = self.domains.photos.ids
        order = torch.rand(len(rows), ids.shape[1], generator=self.generator).argsort(1)
        return torch.cat([ids[rows, order[:, 0]], ids[rows, order[:, 1]]])

    def _mark_true(self, excluded: Tensor, rows: Tensor, level: Tensor) -> None:
        """Captions of scenes that hold for another scene of the batch are no negatives of it."""
        count, scenes = len(rows), self.domains.scenes
        wrong = torch.full_like(level, -1)
        held = scenes.is_true(rows, torch.cat([rows, rows]), torch.cat([level, wrong]))
        held[torch.arange(count), torch.arange(count)] = False  # its own is its positive
        excluded[-count:, -2 * count :] = held

    def _labelled_batch(self, side: int, pictures: list[Tensor]) -> list[tuple]:
        """Add labelled pictures to the batch; returns domain, labels, other labels, own share."""
        batch = []
        is_mixed = float(torch.rand((), generator=self.generator)) < self.config.mixed_share
        for name, domain in self.domains.labelled.items():
            rows = self._draw(getattr(self.config, name), len(domain.train.labels))
            x, labels = self._change(domain.train.pixels[rows], side, OBJECTS), domain.train.labels
            other, own_share = rows, 1.0
            if is_mixed:
                x, order, own_share = augment.cut_mix(x, self.generator)
                other = rows[order]
            pictures.append(x)
            batch.append((domain, labels[rows], labels[other], own_share))
        return batch

    def _encode_images(self, x: Tensor) -> Tensor:
        """Pictures (B, 3, S, S) in [0, 1] -> (B, D), not normalised."""
        return encode_images(self.model["live"], x, self.config)

    def _encode_texts(self, ids: Tensor, drop: float) -> Tensor:
        """Token ids (B, L) -> unit rows (B, D)."""
        rows = self.domains.vocabulary.rows(ids)
        rows = self.domains.vocabulary.blank(rows, drop, self.generator)
        return encode_texts(self.model["live"], rows, self.config)

    @property
    def _scale(self) -> Tensor:
        return self.model["live"].logit_scale.exp().clamp_max(LARGEST_SCALE)

    def _pair_losses(
        self, images: Tensor, captions: Tensor, photos: int, excluded: Tensor
    ) -> dict[str, Tensor]:
        """Contrast of photos and scenes with their captions, and of captions with each other.

        Args:
            images: (P + S, D), photos before scenes.
            captions: (2 P + 2 S, D): two a photo, then a right and a wrong one a scene.
        """
        scenes = len(images) - photos
        own = torch.zeros(len(images), len(captions), device=images.device)
        each = torch.arange(photos, device=images.device)
        own[each, each] = own[each, photos + each] = 1.0
        each = torch.arange(scenes, device=images.device)
        own[photos + each, 2 * photos + each] = 1.0
        logits = self._scale * images @ captions.T
        found = {"pairs": losses.multi_positive(logits, own, excluded.to(images.device))}
        if photos:
            first, second = captions[:photos], captions[photos : 2 * photos]
            same = torch.eye(photos, device=images.device)
            found["captions"] = self.config.captions_weight * losses.multi_positive(
                self._scale * first @ second.T, same
            )
        return found

    def _label_losses(self, images: Tensor, batch: list[tuple]) -> dict[str, Tensor]:
        """Classification against a fresh wording of every class and kind, by domain."""
        if not batch:
            return {}
        sets = [one for domain, *_ in batch for one in (domain.prompts, domain.kind_prompts)]
        ids = torch.cat([one.ids[one.draw(self.generator)] for one in sets])
        words = self._encode_texts(ids, 0.0).split([len(one) for one in sets])
        found, start = {}, 0
        for index, (domain, labels, other, own_share) in enumerate(batch):
            rows = self._scale * images[start : start + len(labels)]
            start += len(labels)
            for kind, prompts in (("classes", words[2 * index]), ("kinds", words[2 * index + 1])):
                truth = torch.eye(len(prompts)) if kind == "classes" else domain.kind_targets
                aims = own_share * truth[labels] + (1 - own_share) * truth[other]
                loss = functional.cross_entropy(
                    rows @ prompts.T,
                    aims.to(rows.device),
                    label_smoothing=self.config.label_smoothing,
                )
                share = len(labels) / len(images) * (1.0 if kind == "classes" else 0.5)
                found[kind] = found.get(kind, 0.0) + self.config.labels_weight * share * loss
        return found

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Figures of the averaged weights on what is watched; "loss" is 1 - their mean."""
        return watch(self.model["average"], self.domains, self.config)

    @torch.no_grad()
    def whole_model(self) -> nn.Module:
        """The averaged model with the tokenizer's full table; words never seen have zeros."""
        whole = untrained_clip(model_config(self.config.trunk, self.config.pixels), 0)
        weights = {name: value.cpu() for name, value in self.model["average"].state_dict().items()}
        table = torch.zeros(TEXT["vocab_size"], TEXT["width"])
        table[self.domains.vocabulary.ids] = weights["text.token_embedding.weight"][1:]
        whole.load_state_dict(weights | {"text.token_embedding.weight": table})
        return whole
