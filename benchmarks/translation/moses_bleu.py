"""BLEU of lower-cased words as Moses cuts them: the form in which papers on Multi30k report it.

    okazu predict multi30k-en-fr sentences.txt > translations.txt
    python -m benchmarks.translation.moses_bleu translations.txt test_2016_flickr.fr.gz

Wu et al. 2021 ("Good for Misconceived Reasons") report this form. It cuts "l'homme" into two words
where sacreBLEU's 13a sees one, so its figures are higher, and not to be compared with those of
`okazu evaluate`, which this prints beside it. Either file may be gzipped.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

from sacrebleu.metrics.bleu import BLEU
from sacremoses import MosesPunctNormalizer, MosesTokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("translations", type=Path, help="a translation a line")
    parser.add_argument("references", type=Path, help="its translation by a person, a line each")
    parser.add_argument("--language", default="fr", help="that both are in, as Moses names it")
    options = parser.parse_args()
    translations, references = _lines(options.translations), _lines(options.references)
    if len(translations) != len(references):
        raise SystemExit(
            f"expected a translation for each of {len(references):,} references,"
            f" received {len(translations):,}"
        )
    cased = BLEU().corpus_score(translations, [references])
    print(f"cased, 13a              {cased.score:.2f}")
    words = BLEU(tokenize="none", force=True)
    lowered = words.corpus_score(
        _moses(translations, options.language), [_moses(references, options.language)]
    )
    print(f"lower-cased, Moses      {lowered.score:.2f}  {words.get_signature()}")


def _lines(path: Path) -> list[str]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode().removesuffix("\n").split("\n")


def _moses(sentences: list[str], language: str) -> list[str]:
    normalizer, tokenizer = MosesPunctNormalizer(lang=language), MosesTokenizer(lang=language)
    return [
        tokenizer.tokenize(normalizer.normalize(sentence), return_str=True, escape=False).lower()
        for sentence in sentences
    ]


if __name__ == "__main__":
    main()
