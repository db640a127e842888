"""A transformer run by CTranslate2, the other side of `benchmarks.translation.translating`.

Runs in an environment of its own that has CTranslate2, and imports nothing of this project:

    python benchmarks/translation/ctranslate2_translator.py WEIGHTS.npz HEADS THREADS

The weights are those of our network, by their paths in it, so both sides say the same. Each line of
standard input is a JSON object: `rows` of ids, `beam`, `batch`, `seconds` and `workers`. Each is
answered by one with `rate`, sentences a second, and `ids`, the best translation of each row. One
worker has all threads; as many workers as threads have one each, and share a batch.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
import tempfile
import time
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import transformer_spec

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]
END = 3
LONGEST = 512


def main() -> None:
    weights, heads, threads = sys.argv[1:]
    with np.load(weights) as file:
        spec = model_spec({name: file[name] for name in file.files}, int(heads))
    with tempfile.TemporaryDirectory() as directory:
        spec.validate()
        spec.save(directory)
        translators = {
            workers: ctranslate2.Translator(
                directory,
                device="cpu",
                compute_type="float32",
                inter_threads=workers,
                intra_threads=int(threads) // workers,
            )
            for workers in {1, int(threads)}
        }
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answer(translators[asked["workers"]], asked)), flush=True)


def answer(translator: Any, asked: dict[str, Any]) -> dict[str, Any]:
    rows = [[word(number) for number in row] for row in asked["rows"]]
    size, seconds = asked["batch"], asked["seconds"]
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]

    def translate(batch: list[list[str]]) -> list[list[str]]:
        results = translator.translate_batch(
            batch,
            max_batch_size=math.ceil(len(batch) / asked["workers"]),
            beam_size=asked["beam"],
            num_hypotheses=asked["beam"],
            length_penalty=1.0,
            disable_unk=True,
            return_scores=True,
        )
        return [result.hypotheses[0] for result in results]

    said = [[number(token) for token in one] for batch in batches for one in translate(batch)]
    began, done, elapsed = time.perf_counter(), 0, 0.0
    for batch in itertools.cycle(batches):
        if elapsed >= seconds:
            break
        done += len(translate(batch))
        elapsed = time.perf_counter() - began
    return {"rate": done / elapsed if elapsed else 0.0, "ids": said}


def word(number: int) -> str:
    return SPECIAL[number] if number < len(SPECIAL) else f"w{number}"


def number(word: str) -> int:
    return SPECIAL.index(word) if word in SPECIAL else int(word[1:])


def model_spec(weights: dict[str, Any], heads: int) -> Any:
    """CTranslate2's description of our network (pre-norm, one table of vectors for all)."""
    table = weights["embedding/table"]
    layers = tuple(count(weights, part) for part in ("encoder", "decoder"))
    spec = transformer_spec.TransformerSpec.from_config(layers, heads)
    for part, side in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        embeddings = side.embeddings[0] if part == "encoder" else side.embeddings
        embeddings.weight = table
        side.position_encodings.encodings = waves(table.shape[1])
        norm(side.layer_norm, weights, f"{part}/normalization")
        for place, layer in enumerate(side.layer, start=1):
            block(layer, weights, f"{part}/block{place}")
    spec.decoder.projection.weight = table
    tokens = [word(place) for place in range(len(table))]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.layer_norm_epsilon = 1e-6
    return spec


def count(weights: dict[str, Any], part: str) -> int:
    return sum(f"{part}/block{place}/feed_forward/out/bias" in weights for place in range(1, 100))


def block(layer: Any, weights: dict[str, Any], name: str) -> None:
    attention = layer.self_attention
    linear(attention.linear[0], weights, f"{name}/self_attention/query_key_value")
    linear(attention.linear[1], weights, f"{name}/self_attention/output")
    norm(attention.layer_norm, weights, f"{name}/around_self_attention/normalization")
    if f"{name}/source_attention/query/bias" in weights:
        attention = layer.attention
        linear(attention.linear[0], weights, f"{name}/source_attention/query")
        linear(attention.linear[1], weights, f"{name}/source_attention/key_value")
        linear(attention.linear[2], weights, f"{name}/source_attention/output")
        norm(attention.layer_norm, weights, f"{name}/around_source_attention/normalization")
    linear(layer.ffn.linear_0, weights, f"{name}/feed_forward/hidden")
    linear(layer.ffn.linear_1, weights, f"{name}/feed_forward/out")
    norm(layer.ffn.layer_norm, weights, f"{name}/around_feed_forward/normalization")


def linear(layer: Any, weights: dict[str, Any], name: str) -> None:
    layer.weight = np.ascontiguousarray(weights[f"{name}/kernel"].T)
    layer.bias = weights[f"{name}/bias"]


def norm(layer: Any, weights: dict[str, Any], name: str) -> None:
    layer.gamma, layer.beta = weights[f"{name}/gamma"], weights[f"{name}/beta"]


def waves(dimensions: int) -> Any:
    half = (dimensions + 1) // 2
    frequencies = np.exp(-math.log(10_000) * np.arange(half) / half)
    angles = np.arange(LONGEST)[:, None] * frequencies
    both = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :dimensions]
    return both.astype(np.float32)


if __name__ == "__main__":
    main()
