"""A transformer trained by PyTorch, the other side of `benchmarks.translation.training`.

Runs in an environment of its own that has PyTorch, and imports nothing of this project:

    python benchmarks/translation/torch_transformer.py --mode compile --precision float32 --steps 20

Pre-norm blocks of `torch.nn`, one table of vectors for source, target and logits, label smoothing,
Adam, as in our recipe. Prints target ids a second.
"""

from __future__ import annotations

import argparse
import math
import time

import torch
from torch import nn
from torch.nn import functional

TOKENS, DIMENSIONS, LAYERS, HEADS, FEED_FORWARD, DROPOUT = 8000, 256, 3, 4, 1024, 0.1
BATCH, LENGTH = 128, 32
WARM_UP_STEPS = 3


class Translator(nn.Module):  # type: ignore[misc]
    """Encoder and decoder (Vaswani et al. 2017, pre-norm)."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(TOKENS, DIMENSIONS) / math.sqrt(DIMENSIONS))
        self.transformer = nn.Transformer(
            DIMENSIONS,
            HEADS,
            LAYERS,
            LAYERS,
            FEED_FORWARD,
            DROPOUT,
            batch_first=True,
            norm_first=True,
        )
        self.dropout = nn.Dropout(DROPOUT)
        half = DIMENSIONS // 2
        angles = torch.arange(LENGTH)[:, None] * torch.exp(
            -math.log(10_000) * torch.arange(half) / half
        )
        self.register_buffer("waves", torch.cat([angles.sin(), angles.cos()], 1))
        self.register_buffer("past", nn.Transformer.generate_square_subsequent_mask(LENGTH))

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        x = self.transformer(
            self._vectors(source), self._vectors(target), tgt_mask=self.past, tgt_is_causal=True
        )
        return functional.linear(x, self.table)

    def _vectors(self, ids: torch.Tensor) -> torch.Tensor:
        x = functional.embedding(ids, self.table) * math.sqrt(DIMENSIONS) + self.waves
        return self.dropout(x)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=("eager", "compile"), required=True)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
    torch.manual_seed(0)
    network = Translator()
    forward = torch.compile(network) if options.mode == "compile" else network
    optimizer = torch.optim.Adam(network.parameters(), 0.0005, (0.9, 0.98))
    source, target, wanted = torch.randint(4, TOKENS, (3, BATCH, LENGTH))

    def train(steps: int) -> None:
        for _ in range(steps):
            with torch.autocast("cpu", torch.bfloat16, options.precision == "bfloat16"):
                logits = forward(source, target)
            loss = functional.cross_entropy(
                logits.float().flatten(0, 1), wanted.flatten(), label_smoothing=0.1
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    train(WARM_UP_STEPS)
    began = time.perf_counter()
    train(options.steps)
    print(options.steps * BATCH * LENGTH / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
