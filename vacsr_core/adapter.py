"""VACSR's pair adapter: from the product of two feature vectors to a mixture over their similarity.

Source: arXiv 2605.30968 (ICML 2026). Deviations, each with its reason: the decoder is linear, so
that the logit is exactly a one-dimensional mixture of normals; and the network is a residual on
`scale * cosine + bias`, because the backbone is frozen and its ranking is the place to start from.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from vacsr_core import mixture
from vacsr_core.errors import ShapeError
from vacsr_core.features import Features
from vacsr_core.similarity import Similarity

PAIRS_AT_ONCE = 32_768  # keeps the hidden activations of one block near 16 MB
LOG_VAR_RANGE = (-9.0, 4.0)
DECODER_LENGTH = 2.0  # logits per unit of the latent; wider beliefs would pile up at both ends
SMALLEST_SCALE = 1e-3
START_SCALE, START_BIAS = 8.0, -2.0  # an unfitted logit: 0 at a cosine of 0.25


class PairAdapter(nn.Module):
    """Posterior over the latent z of a pair and its linear decoder.

    For a pair with Hadamard product s = v * t the posterior is sum_k a_k N(mu_k(s), var_k(s)) on
    R^L, and the logit of the similarity is scale * sum(s) + bias + w . z.

    Args:
        dimension: D, columns of the features.
        hidden: H, width of the encoder.
        latent: L, dimensions of z.
        components: K, components of the mixture.
        seed: of the first layer's random weights.
        is_ranking_kept: the mean similarity is sigmoid(scale * cosine + bias), so that it orders
            pairs exactly as the cosine does; only the spread depends on the product. Its mean
            head must stay at 0.
        log_var_range: least and greatest log variance of a latent dimension.
    """

    def __init__(
        self,
        dimension: int,
        hidden: int = 64,
        latent: int = 16,
        components: int = 2,
        seed: int = 0,
        is_ranking_kept: bool = False,
        log_var_range: tuple[float, float] = LOG_VAR_RANGE,
    ) -> None:
        super().__init__()
        self.is_ranking_kept, self.log_var_range = is_ranking_kept, log_var_range
        self.dimension, self.hidden = dimension, hidden
        self.latent, self.components = latent, components
        generator = torch.Generator().manual_seed(seed)
        spread = torch.randn(hidden, dimension, generator=generator) / dimension**0.5
        self.encoder_weight = nn.Parameter(spread)
        self.encoder_bias = nn.Parameter(torch.zeros(hidden))
        self.mean_head = nn.Linear(hidden, components * latent)
        self.log_var_head = nn.Linear(hidden, components * latent)
        self.mixture_logits = nn.Parameter(torch.zeros(components))
        signs = torch.randint(0, 2, (latent,), generator=generator) * 2.0 - 1.0
        self.decoder_direction = nn.Parameter(signs / latent**0.5)
        self.scale = nn.Parameter(torch.tensor(START_SCALE))
        self.bias = nn.Parameter(torch.tensor(START_BIAS))
        # Products of unit vectors are of the size 1 / D; `fit` replaces both by what it measures.
        self.register_buffer("product_center", torch.zeros(dimension))
        self.register_buffer("product_spread", torch.full((dimension,), 1.0 / dimension))
        with torch.no_grad():
            nn.init.zeros_(self.mean_head.weight)
            nn.init.zeros_(self.mean_head.bias)
            nn.init.zeros_(self.log_var_head.weight)
            # Components start with different widths; equal ones would get equal gradients.
            start = torch.linspace(-1.0, 0.0, components)[:, None].expand(components, latent)
            self.log_var_head.bias.copy_(start.reshape(-1))

    @property
    def weights(self) -> torch.Tensor:
        """Mixture weights a_k, (K,), sum to 1."""
        return torch.softmax(self.mixture_logits, dim=0)

    @property
    def decoder_weight(self) -> torch.Tensor:
        """w of the linear decoder, (L,), of a fixed length.

        Were the length free, a fit could undo what L_sigma teaches by shrinking w.
        """
        return DECODER_LENGTH * torch.nn.functional.normalize(self.decoder_direction, dim=0)

    def base_logit(self, cosine: torch.Tensor) -> torch.Tensor:
        """The logit before the learned residual, increasing in the cosine."""
        return self.scale.clamp_min(SMALLEST_SCALE) * cosine + self.bias

    @torch.no_grad()
    def set_base(self, scale: float, bias: float) -> None:
        """Set the logit that the learned residual is added to."""
        self.scale.fill_(scale)
        self.bias.fill_(bias)

    @torch.no_grad()
    def scale_spread(self, factor: float) -> None:
        """Multiply the standard deviation of every latent dimension by the same factor."""
        shift = 2.0 * math.log(factor)
        self.log_var_head.bias.add_(shift)
        self.log_var_range = tuple(edge + shift for edge in self.log_var_range)

    @torch.no_grad()
    def shrink(self, mean_share: float, spread_share: float, products: np.ndarray) -> None:
        """Draw what the network says of single pairs towards what it says on average.

        Args:
            mean_share: in [0, 1], of what it adds to the cosine's logit; 0 adds one constant.
            spread_share: in [0, 1], of the log variances; 0 leaves one spread for all pairs.
            products: float32 (P, D), typical pairs that the average is taken over.
        """
        hidden = self._encoded(torch.from_numpy(products).to(self.bias.device))
        said = {
            self.mean_head: (mean_share, self.mean_head(hidden)),
            self.log_var_head: (
                spread_share,
                self.log_var_head(hidden).clamp(*self.log_var_range),
            ),
        }
        for head, (share, values) in said.items():
            head.weight.mul_(share)
            head.bias.mul_(share).add_((1.0 - share) * values.mean(dim=0))

    @torch.no_grad()
    def standardise(self, products: np.ndarray) -> None:
        """Take center and spread of the columns from typical products, float32 (P, D)."""
        spread = products.std(axis=0).clip(min=1e-2 / products.shape[1])
        self.product_center.copy_(torch.from_numpy(products.mean(axis=0)))
        self.product_spread.copy_(torch.from_numpy(spread))

    def _first_layer(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weight (H, D) and bias (H,) that take the plain product, its standardising folded in."""
        weight = self.encoder_weight / self.product_spread
        return weight, self.encoder_bias - weight @ self.product_center

    def posterior(
        self, images: torch.Tensor, captions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Posterior of every pair of a batch, for training.

        Args:
            images: (B, D) unit rows; captions: (C, D) unit rows.

        Returns:
            cosine (B, C); mean (B, C, K, L); log variance (B, C, K, L).
        """
        weight, bias = self._first_layer()
        # W (v * t) = (W diag(v)) t: one matrix product per image, no (B, C, D) product in memory.
        folded = weight[None] * images[:, None, :]  # (B, H, D)
        hidden = torch.nn.functional.gelu(captions @ folded.transpose(1, 2) + bias)  # (B, C, H)
        shape = (*hidden.shape[:2], self.components, self.latent)
        mean = self.mean_head(hidden).view(shape)
        log_var = self.log_var_head(hidden).clamp(*self.log_var_range).view(shape)
        return images @ captions.T, mean, log_var

    def log_variances(self, products: torch.Tensor) -> torch.Tensor:
        """Log variances (P, K, L) of single pairs, from their products (P, D)."""
        log_var = self.log_var_head(self._encoded(products)).clamp(*self.log_var_range)
        return log_var.view(-1, self.components, self.latent)

    def _encoded(self, products: torch.Tensor) -> torch.Tensor:
        """Hidden layer (P, H) of single pairs, from their products (P, D)."""
        weight, bias = self._first_layer()
        return torch.nn.functional.gelu(products @ weight.T + bias)

    def expected_logit(self, cosine: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        """The decoded posterior mean, (B, C), before the sigmoid, from `posterior`."""
        return self.base_logit(cosine) + (mean @ self.decoder_weight) @ self.weights

    def decode(
        self,
        cosine: torch.Tensor,
        mean: torch.Tensor,
        log_var: torch.Tensor,
        generator: torch.Generator,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One sample's logit, with gradient, and the score of the posterior mean, without.

        The component is drawn by a straight-through Gumbel-softmax, its normal reparameterised.

        Args:
            cosine: (B, C); mean, log_var: (B, C, K, L), from `posterior`.

        Returns:
            logit (B, C); score (B, C) in (0, 1).
        """
        device = cosine.device
        uniform = torch.rand((*cosine.shape, self.components), generator=generator, device=device)
        gumbel = -torch.log(-torch.log(uniform.clamp(1e-9, 1 - 1e-6)))
        soft = torch.softmax(self.mixture_logits + gumbel, dim=-1)
        hard = torch.nn.functional.one_hot(soft.argmax(dim=-1), self.components).to(soft.dtype)
        choice = hard + soft - soft.detach()  # (B, C, K)
        noise = torch.randn((*cosine.shape, self.latent), generator=generator, device=device)
        drawn = mean + (0.5 * log_var).exp() * noise[:, :, None, :]
        decoded = drawn @ self.decoder_weight  # (B, C, K)
        logit = self.base_logit(cosine) + (choice * decoded).sum(dim=-1)
        return logit, torch.sigmoid(self.expected_logit(cosine, mean)).detach()

    def _inference_layers(self) -> tuple[torch.Tensor, ...]:
        """Encoder weight and bias, and one head (K + K L, H) of decoded means and log variances.

        Because the decoder is linear, a component's mean needs one row of a head instead of L.
        """
        weight, bias = self._first_layer()
        decoder, split = self.decoder_weight, (self.components, self.latent)
        mean_rows = torch.einsum("klh,l->kh", self.mean_head.weight.view(*split, -1), decoder)
        mean_bias = self.mean_head.bias.view(split) @ decoder
        head = torch.cat([mean_rows, self.log_var_head.weight])
        return weight, bias, head, torch.cat([mean_bias, self.log_var_head.bias])

    def _logit_mixture_block(self, images, captions, weight, bias, head, head_bias):
        """(means, variances) of the logit, each (b, K, c), for one block of pairs."""
        folded = (weight[None] * images[:, None, :]).view(-1, self.dimension)  # (b H, D)
        hidden = (folded @ captions.T).view(len(images), self.hidden, -1)  # (b, H, c)
        hidden = torch.nn.functional.gelu(hidden.add_(bias[:, None]))
        output = (head @ hidden).add_(head_bias[:, None])  # (b, K + K L, c)
        means = output[:, : self.components] + self.base_logit(images @ captions.T)[:, None]
        variances = output[:, self.components :].clamp_(*self.log_var_range).exp_()
        variances = variances.view(len(images), self.components, self.latent, -1)
        return means, torch.einsum("bklc,l->bkc", variances, self.decoder_weight.square())

    @torch.inference_mode()
    def logit_mixture(
        self,
        images: np.ndarray,
        captions: np.ndarray,
        progress: Callable | None = None,
        pairs_at_once: int = PAIRS_AT_ONCE,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cosine and logit mixture of all pairs, in blocks.

        Args:
            images: float32 (N, D); captions: float32 (M, D).
            progress: called with (fraction, text) after each row of blocks.
            pairs_at_once: pairs in a block; changes memory and speed, not the result.

        Returns:
            float32 cosine (N, M), means (N, M, K), variances (N, M, K).
        """
        device, shape = self.bias.device, (len(images), len(captions))
        image_rows = torch.from_numpy(np.ascontiguousarray(images)).to(device)
        caption_rows = torch.from_numpy(np.ascontiguousarray(captions)).to(device)
        cosine = np.clip(images @ captions.T, -1.0, 1.0)
        means = np.empty((*shape, self.components), np.float32)
        variances = np.empty_like(means)
        scale = float(self.scale.clamp_min(SMALLEST_SCALE))
        layers = self._inference_layers()
        columns = max(1, min(shape[1], pairs_at_once))
        rows = max(1, pairs_at_once // columns)
        for top in range(0, shape[0], rows):
            for left in range(0, shape[1], columns):
                block = (slice(top, top + rows), slice(left, left + columns))
                result = self._logit_mixture_block(
                    image_rows[block[0]], caption_rows[block[1]], *layers
                )
                means[block], variances[block] = (
                    part.transpose(1, 2).cpu().numpy() for part in result
                )
                if self.is_ranking_kept:
                    base = scale * cosine[block].astype(np.float64) + float(self.bias)
                    means[block] = mixture.location(base[..., None], variances[block])
            if progress is not None:
                progress(min(1.0, (top + rows) / shape[0]), "comparing pairs")
        return cosine, means, variances

    def similarity(
        self,
        images: Features,
        captions: Features,
        match: tuple[float, float] = (1.0, 0.0),
        progress: Callable | None = None,
        gallery: int | None = None,
    ) -> Similarity:
        """Distributions of similarity for all pairs.

        Args:
            images: N items; captions: M items, of the adapter's dimension.
            match: scale and offset of the calibrated P(match).
            gallery: images to choose from; None for N.

        Raises:
            ShapeError: the features have another dimension than the adapter.
            CancelledError: raised by `progress` to stop.
        """
        for features in (images, captions):
            if features.dimension != self.dimension:
                raise ShapeError(
                    f"the {features.modality} features have {features.dimension} columns and the "
                    f"adapter was made for {self.dimension}; encode with the adapter's backbone."
                )
        cosine, means, variances = self.logit_mixture(images.vectors, captions.vectors, progress)
        weights = self.weights.detach().double().cpu().numpy()
        return Similarity(cosine, means, variances, weights / weights.sum(), *match, gallery)
