"""ResNet-20 trained by PyTorch, the other side of `benchmarks.training.throughput`.

Runs in an environment of its own that has PyTorch, and imports nothing of this project:

    python benchmarks/training/torch_resnet20.py --mode compile --precision float32 --steps 40

Prints images a second, one number for each measured round of steps.
"""

from __future__ import annotations

import argparse
import time

import torch
from torch import nn
from torch.nn import functional

BATCH, CLASSES, SIDE = 128, 10, 32
WARM_UP_STEPS = 10


class Block(nn.Module):  # type: ignore[misc]
    """Two 3x3 convolutions and a shortcut without parameters (He et al. 2016, option A)."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.stride, self.missing = stride, filters - channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        if self.missing:
            half = self.missing // 2
            x = functional.pad(
                x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.missing - half)
            )
        return functional.relu(x + y)


def resnet20() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    channels = 16
    for filters in (16, 32, 64):
        for block in range(3):
            stride = 2 if filters > 16 and block == 0 else 1
            layers.append(Block(channels, filters, stride))
            channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=("eager", "channels_last", "compile"), required=True)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
    torch.manual_seed(0)
    network = resnet20()
    images = torch.rand(BATCH * 8, 3, SIDE, SIDE)
    labels = torch.randint(0, CLASSES, (len(images),))
    if options.mode != "eager":
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(network) if options.mode == "compile" else network
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
    )

    def train(steps: int) -> None:
        for step in range(steps):
            start = step * BATCH % len(images)
            with torch.autocast("cpu", torch.bfloat16, options.precision == "bfloat16"):
                logits = forward(images[start : start + BATCH])
            loss = functional.cross_entropy(logits.float(), labels[start : start + BATCH])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    train(WARM_UP_STEPS)
    began = time.perf_counter()
    train(options.steps)
    print(options.steps * BATCH / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
