"""The languages of translators: which pairs are served, what is meant by `auto`, and their names.

The names are English ones, of ISO 639-1's codes.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.card import ModelCard, SentenceInput
from service.http.errors import MalformedRequest
from service.tasks.translation.request import AUTO
from service.tasks.translation.schemas import Language

_NAMES = """
aa Afar, ab Abkhazian, ae Avestan, af Afrikaans, ak Akan, am Amharic, an Aragonese, ar Arabic,
as Assamese, av Avaric, ay Aymara, az Azerbaijani, ba Bashkir, be Belarusian, bg Bulgarian,
bi Bislama, bm Bambara, bn Bengali, bo Tibetan, br Breton, bs Bosnian, ca Catalan, ce Chechen,
ch Chamorro, co Corsican, cr Cree, cs Czech, cu Church Slavonic, cv Chuvash, cy Welsh, da Danish,
de German, dv Divehi, dz Dzongkha, ee Ewe, el Greek, en English, eo Esperanto, es Spanish,
et Estonian, eu Basque, fa Persian, ff Fulah, fi Finnish, fj Fijian, fo Faroese, fr French,
fy Western Frisian, ga Irish, gd Scottish Gaelic, gl Galician, gn Guarani, gu Gujarati, gv Manx,
ha Hausa, he Hebrew, hi Hindi, ho Hiri Motu, hr Croatian, ht Haitian Creole, hu Hungarian,
hy Armenian, hz Herero, ia Interlingua, id Indonesian, ie Interlingue, ig Igbo, ii Sichuan Yi,
ik Inupiaq, io Ido, is Icelandic, it Italian, iu Inuktitut, ja Japanese, jv Javanese, ka Georgian,
kg Kongo, ki Kikuyu, kj Kuanyama, kk Kazakh, kl Greenlandic, km Khmer, kn Kannada, ko Korean,
kr Kanuri, ks Kashmiri, ku Kurdish, kv Komi, kw Cornish, ky Kyrgyz, la Latin, lb Luxembourgish,
lg Ganda, li Limburgish, ln Lingala, lo Lao, lt Lithuanian, lu Luba-Katanga, lv Latvian,
mg Malagasy, mh Marshallese, mi Maori, mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi,
ms Malay, mt Maltese, my Burmese, na Nauru, nb Norwegian Bokmål, nd North Ndebele, ne Nepali,
ng Ndonga, nl Dutch, nn Norwegian Nynorsk, no Norwegian, nr South Ndebele, nv Navajo, ny Chichewa,
oc Occitan, oj Ojibwa, om Oromo, or Odia, os Ossetian, pa Punjabi, pi Pali, pl Polish, ps Pashto,
pt Portuguese, qu Quechua, rm Romansh, rn Rundi, ro Romanian, ru Russian, rw Kinyarwanda,
sa Sanskrit, sc Sardinian, sd Sindhi, se Northern Sami, sg Sango, si Sinhala, sk Slovak,
sl Slovenian, sm Samoan, sn Shona, so Somali, sq Albanian, sr Serbian, ss Swati,
st Southern Sotho, su Sundanese, sv Swedish, sw Swahili, ta Tamil, te Telugu, tg Tajik, th Thai,
ti Tigrinya, tk Turkmen, tl Tagalog, tn Tswana, to Tonga, tr Turkish, ts Tsonga, tt Tatar, tw Twi,
ty Tahitian, ug Uyghur, uk Ukrainian, ur Urdu, uz Uzbek, ve Venda, vi Vietnamese, vo Volapük,
wa Walloon, wo Wolof, xh Xhosa, yi Yiddish, yo Yoruba, za Zhuang, zh Chinese, zu Zulu
"""
NAMES = {
    code: name for code, _, name in (entry.strip().partition(" ") for entry in _NAMES.split(","))
}


def language_name(code: str) -> str:
    """A language's English name, or the code itself where there is none in the table."""
    return NAMES.get(code, code)


def language_pair(card: ModelCard) -> tuple[str, str]:
    """What a translator translates, and into what."""
    spec = card.expect_input(SentenceInput)
    return spec.source, spec.target


def list_languages(translators: Iterable[ModelCard]) -> list[Language]:
    """Every language of translators, with those that it is translated into, in order of codes."""
    pairs = {language_pair(card) for card in translators}
    return [
        Language(
            code=code,
            name=language_name(code),
            targets=sorted(target for source, target in pairs if source == code),
        )
        for code in sorted({code for pair in pairs for code in pair})
    ]


def source_language(translators: Iterable[ModelCard], source: str, target: str) -> str:
    """The language that a request is about.

    Args:
        translators: At least one.
        source: What the request says; with `auto` it is the only one that can be meant.
        target: What the request says.

    Raises:
        MalformedRequest: No translator is for this pair, or `auto` may mean several.
    """
    pairs = sorted({language_pair(card) for card in translators})
    sources = [one for one, into in pairs if into == target]
    if source in sources:
        return source
    if source == AUTO and len(sources) == 1:
        return sources[0]
    if source == AUTO and sources:
        raise MalformedRequest(
            f'field "source": expected one of {", ".join(sources)}, as more than one language is'
            f' translated into {target}; received "{AUTO}"'
        )
    known = ", ".join(f"{one} to {into}" for one, into in pairs)
    raise MalformedRequest(
        f"expected one of the pairs of languages {known}; received {source!r} to {target!r}"
    )
