"""Own sentence pairs from a file to translations, by the commands that the README shows."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from models.card import read_card
from tests.helpers.running import Okazu

NOUNS = {"Hund": "perro", "Vogel": "pájaro", "Mann": "hombre", "Baum": "árbol", "Fisch": "pez"}
VERBS = {"sieht": "ve", "sucht": "busca", "findet": "encuentra", "hat": "tiene", "kennt": "conoce"}
SMALL = {
    "subwords.vocabulary_size": 310,
    "subwords.longest": 32,
    "model.dimensions": 16,
    "model.encoder_layers": 1,
    "model.decoder_layers": 1,
    "model.heads": 2,
    "model.feed_forward": 32,
    "fit.epochs": 1,
    "fit.schedule.warmup_epochs": 0,
    "decoding.beam": 2,
    "decoding.hypotheses": 2,
}


@pytest.mark.slow
@pytest.mark.usefixtures("_zoo")
def test_own_pairs_become_a_translator(okazu: Okazu, tmp_path: Path) -> None:
    lines = [
        f"Der {first} {verb} den {second}.\tEl {NOUNS[first]} {VERBS[verb]} al {NOUNS[second]}."
        for first, verb, second in itertools.product(NOUNS, VERBS, NOUNS)
    ]
    again = [lines[3], lines[70].lower(), lines[8]]
    file = tmp_path / "pairs.tsv"
    file.write_text("\n".join(lines + again) + "\n", encoding="utf-8")
    changes = {**SMALL, "data.path": file, "data.source": "de", "data.target": "es"}
    settings = [word for item in changes.items() for word in ("--set", "=".join(map(str, item)))]
    told = okazu("train", "pairs", *settings, "--set", "model_name=de-es", "--json")
    assert told.code == 0, told.err
    done = json.loads(told.out)
    assert {"bleu", "chrf"} <= done["metrics"].keys()
    data = json.loads((Path(done["run"]) / "data.json").read_text(encoding="utf-8"))
    # Of the three that were repeated two are in the training part.
    assert sum(data["examples"].values()) == len(lines) + 1
    assert "left out 2 pairs that stand in the train part before" in "\n".join(data["notes"])
    told = okazu("export", done["run"], "--zoo", tmp_path / "zoo", "--json")
    assert told.code == 0, told.err
    card = read_card(Path(json.loads(told.out)["path"]))
    assert [output.shape for output in card.outputs] == [[2, None], [2]]  # and no attention
    told = okazu("translate", "Der Hund sieht den Fisch.", "--zoo", tmp_path / "zoo")
    assert told.code == 0, told.err
    assert told.out.strip()
