"""Made-up sentences in two languages: their French, their English, and what is held out."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.errors import InvalidSetting
from tests.helpers.pairs import check_apart, load_pairs, pairs_of
from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual import verbs
from training.tasks.translation.data.bilingual.clauses import FORMS, TENSES, clause, possible
from training.tasks.translation.data.bilingual.grammar import CONSTRUCTIONS
from training.tasks.translation.data.bilingual.nouns import noun_phrase
from training.tasks.translation.data.bilingual.people import NAMES, PERSONS, PRONOUNS
from training.tasks.translation.data.bilingual.phrase import Phrase, is_held_out
from training.tasks.translation.data.bilingual.sentences import giving
from training.tasks.translation.data.bilingual.words import ADJECTIVES, NOUNS, QUALITIES
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.data.phrases import read
from training.tasks.translation.data.same_sentence import sentence_key
from training.tasks.translation.recipe import PairData

# Pairs of each construction that were read word for word. Where the grammar changes on purpose,
# they are made anew and read again.
READ = Path(__file__).with_name("phrases.tsv")


@pytest.fixture(scope="module")
def phrases() -> PairDataset:
    from training.tasks.translation.data.phrases import load

    return load(PairData(dataset="phrases", examples=4000, test_examples=800))


@pytest.fixture(scope="module")
def many() -> list[Phrase]:
    random = Random(0)
    return [make(random) for make in CONSTRUCTIONS for _ in range(150)]


def read_pairs() -> dict[str, list[tuple[str, str]]]:
    constructions = defaultdict(list)
    for line in READ.read_text().splitlines()[1:]:
        construction, english, french = line.split("\t")
        constructions[construction].append((english, french))
    return constructions


def test_sentences_are_those_that_were_read() -> None:
    known = read_pairs()
    assert list(known) == [make.__name__ for make in CONSTRUCTIONS]
    for make in CONSTRUCTIONS:
        random = Random(make.__name__)
        made: dict[str, str] = {}
        while len(made) < len(known[make.__name__]):
            phrase = make(random)
            made.setdefault(phrase.english, phrase.french)
        assert list(made.items()) == known[make.__name__]


CONJUGATED = """
manger: mange mange mangeons mangez mangent, mangerai mangera mangerons mangerez mangeront,\
 mangeais mangeait mangions mangiez mangeaient
acheter: achète achète achetons achetez achètent, achèterai achètera achèterons achèterez\
 achèteront, achetais achetait achetions achetiez achetaient
préférer: préfère préfère préférons préférez préfèrent, préférerai préférera préférerons\
 préférerez préféreront, préférais préférait préférions préfériez préféraient
appeler: appelle appelle appelons appelez appellent, appellerai appellera appellerons appellerez\
 appelleront, appelais appelait appelions appeliez appelaient
nettoyer: nettoie nettoie nettoyons nettoyez nettoient, nettoierai nettoiera nettoierons\
 nettoierez nettoieront, nettoyais nettoyait nettoyions nettoyiez nettoyaient
oublier: oublie oublie oublions oubliez oublient, oublierai oubliera oublierons oublierez\
 oublieront, oubliais oubliait oubliions oubliiez oubliaient
lire: lis lit lisons lisez lisent, lirai lira lirons lirez liront,\
 lisais lisait lisions lisiez lisaient
voir: vois voit voyons voyez voient, verrai verra verrons verrez verront,\
 voyais voyait voyions voyiez voyaient
choisir: choisis choisit choisissons choisissez choisissent, choisirai choisira choisirons\
 choisirez choisiront, choisissais choisissait choisissions choisissiez choisissaient
boire: bois boit buvons buvez boivent, boirai boira boirons boirez boiront,\
 buvais buvait buvions buviez buvaient
prendre: prends prend prenons prenez prennent, prendrai prendra prendrons prendrez prendront,\
 prenais prenait prenions preniez prenaient
envoyer: envoie envoie envoyons envoyez envoient, enverrai enverra enverrons enverrez enverront,\
 envoyais envoyait envoyions envoyiez envoyaient
courir: cours court courons courez courent, courrai courra courrons courrez courront,\
 courais courait courions couriez couraient
venir: viens vient venons venez viennent, viendrai viendra viendrons viendrez viendront,\
 venais venait venions veniez venaient
aller: vais va allons allez vont, irai ira irons irez iront,\
 allais allait allions alliez allaient
être: suis est sommes êtes sont, serai sera serons serez seront,\
 étais était étions étiez étaient
avoir: ai a avons avez ont, aurai aura aurons aurez auront,\
 avais avait avions aviez avaient
vouloir: veux veut voulons voulez veulent, voudrai voudra voudrons voudrez voudront,\
 voulais voulait voulions vouliez voulaient
pouvoir: peux peut pouvons pouvez peuvent, pourrai pourra pourrons pourrez pourront,\
 pouvais pouvait pouvions pouviez pouvaient
devoir: dois doit devons devez doivent, devrai devra devrons devrez devront,\
 devais devait devions deviez devaient
faire: fais fait faisons faites font, ferai fera ferons ferez feront,\
 faisais faisait faisions faisiez faisaient
dire: dis dit disons dites disent, dirai dira dirons direz diront,\
 disais disait disions disiez disaient
savoir: sais sait savons savez savent, saurai saura saurons saurez sauront,\
 savais savait savions saviez savaient
"""


def all_verbs() -> dict[str, verbs.Verb]:
    found = {}
    for value in vars(verbs).values():
        for verb in value if isinstance(value, tuple) else (value,):
            if isinstance(verb, verbs.Verb):
                found[verb.french] = verb
    return found


@pytest.mark.parametrize("line", CONJUGATED.strip().splitlines())
def test_verbs_are_conjugated(line: str) -> None:
    infinitive, forms = line.split(": ")
    present, future, imperfect = (tense.split() for tense in forms.split(","))
    verb = all_verbs()[infinitive]
    assert list(verb.present) == present
    assert [fr.future(verb, person) for person in range(5)] == future
    assert [fr.imperfect(verb, person) for person in range(5)] == imperfect


def test_every_form_of_a_verb_looks_like_one() -> None:
    for verb in all_verbs().values():
        je, il, nous, vous, ils = verb.present
        if verb.french == "pleuvoir":
            assert (je, nous, vous, ils) == ("_",) * 4
            continue
        assert nous.endswith("ons") or nous == "sommes"
        assert vous.endswith("ez") or vous in ("êtes", "dites", "faites")
        assert ils.endswith("nt")
        assert verb.future.endswith("r")
        assert verb.participle[-1] in "éiuûst"
        if verb.french.endswith("er") and verb.french != "aller":
            assert je == il == ils[:-2]
            assert verb.participle == verb.french[:-2] + "é"
        elif verb.french not in ("être", "avoir", "aller", "vouloir", "pouvoir", "ouvrir"):
            assert je.endswith("s")
            assert il[-1] in "td"


def test_adjectives_agree() -> None:
    forms = {
        word.english: [word.form(False, False), word.form(True, False), word.form(False, True),
                       word.form(True, True), word.form(False, False, "arbre")]
        for word in [*QUALITIES, *ADJECTIVES]
    }  # fmt: skip
    for line in """
        beautiful: beau belle beaux belles bel
        new: nouveau nouvelle nouveaux nouvelles nouvel
        old: vieux vieille vieux vieilles vieil
        good: bon bonne bons bonnes bon
        white: blanc blanche blancs blanches blanc
        blue: bleu bleue bleus bleues bleu
        grey: gris grise gris grises gris
        expensive: cher chère chers chères cher
        Italian: italien italienne italiens italiennes italien
        French: français française français françaises français
        boring: ennuyeux ennuyeuse ennuyeux ennuyeuses ennuyeux
        delicious: délicieux délicieuse délicieux délicieuses délicieux
        red: rouge rouge rouges rouges rouge
        happy: heureux heureuse heureux heureuses heureux
        kind: gentil gentille gentils gentilles gentil
        proud: fier fière fiers fières fier
        worried: inquiet inquiète inquiets inquiètes inquiet
        jealous: jaloux jalouse jaloux jalouses jaloux
    """.strip().splitlines():
        english, french = line.strip().split(": ")
        assert forms[english] == french.split()


@pytest.mark.parametrize(
    ("tokens", "written"),
    [
        ("le ami", "l'ami"),
        ("la eau", "l'eau"),
        ("le hôtel de la actrice", "l'hôtel de l'actrice"),
        ("le hibou de le hamster", "le hibou du hamster"),
        ("à le marché", "au marché"),
        ("à le hôpital", "à l'hôpital"),
        ("à les États-Unis", "aux États-Unis"),
        ("de les enfants", "des enfants"),
        ("de la école à le enfant", "de l'école à l'enfant"),
        ("je ne ai pas", "je n'ai pas"),
        ("il ne y a pas de œufs", "il n'y a pas d'œufs"),
        ("si il pleut", "s'il pleut"),
        ("si elle vient", "si elle vient"),
        ("parce que ils ont", "parce qu'ils ont"),
        ("que est-ce que elle", "qu'est-ce qu'elle"),
        ("ce est le onze mai", "c'est le onze mai"),
        ("le huit août", "le huit août"),
        ("près de un arbre", "près d'un arbre"),
        ("me habille", "m'habille"),
    ],
)
def test_words_are_spelled_together(tokens: str, written: str) -> None:
    assert fr.spell(tokens.split()) == written


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (1, "une", "one"),
        (16, "seize", "sixteen"),
        (21, "vingt et une", "twenty-one"),
        (70, "soixante-dix", "seventy"),
        (71, "soixante et onze", "seventy-one"),
        (80, "quatre-vingts", "eighty"),
        (81, "quatre-vingt-une", "eighty-one"),
        (91, "quatre-vingt-onze", "ninety-one"),
        (99, "quatre-vingt-dix-neuf", "ninety-nine"),
        (100, "cent", "one hundred"),
        (101, "cent une", "one hundred and one"),
        (200, "deux cents", "two hundred"),
        (280, "deux cent quatre-vingts", "two hundred and eighty"),
        (999, "neuf cent quatre-vingt-dix-neuf", "nine hundred and ninety-nine"),
    ],
)
def test_numbers(value: int, french: str, english: str) -> None:
    assert fr.number(value, feminine=True) == french
    assert fr.number(value) == re.sub("une$", "un", french)
    assert en.number(value) == english


@pytest.mark.parametrize(
    ("noun", "determiner", "plural", "adjective", "english", "french", "denied"),
    [
        ("tree", "a", False, "old", "an old tree", "un vieil arbre", "de vieil arbre"),
        ("tree", "this", False, "", "this tree", "cet arbre", ""),
        ("hotel", "this", False, "beautiful", "this beautiful hotel", "ce bel hôtel", ""),
        ("hamster", "this", False, "", "this hamster", "ce hamster", ""),
        ("scarf", "my", False, "", "my scarf", "mon écharpe", ""),
        ("scarf", "his", False, "pretty", "his pretty scarf", "sa jolie écharpe", ""),
        ("scarf", "her", False, "red", "her red scarf", "son écharpe rouge", ""),
        ("house", "some", True, "big", "big houses", "de grandes maisons", "de grandes maisons"),
        ("house", "some", True, "modern", "modern houses", "des maisons modernes", "de maisons"),
        ("water", "some", False, "cold", "cold water", "de l'eau froide", "d'eau froide"),
        ("bread", "some", False, "", "bread", "du pain", "de pain"),
        ("horse", "number", True, "white", "twenty-one white horses",
         "vingt et un chevaux blancs", ""),
        ("egg", "the", True, "bad", "the bad eggs", "les mauvais œufs", ""),
        ("door", "number", True, "", "twenty-one doors", "vingt et une portes", ""),
        ("book", "their", True, "interesting", "their interesting books",
         "leurs livres intéressants", ""),
        ("mouse", "these", True, "grey", "these grey mice", "ces souris grises", ""),
    ],
)  # fmt: skip
def test_nouns_have_their_articles(
    noun: str,
    determiner: str,
    plural: bool,
    adjective: str,
    english: str,
    french: str,
    denied: str,
) -> None:
    phrase = noun_phrase(
        next(each for each in NOUNS if each.english == noun),
        determiner,
        plural=plural,
        adjective=next((each for each in ADJECTIVES if each.english == adjective), None),
        number=21,
    )
    assert phrase.english == english
    assert fr.spell(phrase.french) == french
    assert fr.spell(phrase.denied).startswith(denied)


@pytest.mark.parametrize(
    ("who", "verb", "tense", "form", "english", "french"),
    [
        ("she", "aller", "past", "question", "did she go", "est-elle allée"),
        ("Paul", "manger", "past", "question", "did Paul eat", "est-ce que Paul a mangé"),
        ("he", "manger", "present", "question", "does he eat", "mange-t-il"),
        ("he", "attendre", "present", "question", "does he wait", "attend-il"),
        ("they", "acheter", "future", "denial", "they won't buy", "ils n'achèteront pas"),
        ("I", "ouvrir", "can", "question", "can I open", "est-ce que je peux ouvrir"),
        ("you", "oublier", "past", "never", "you never forgot", "vous n'avez jamais oublié"),
        ("my mother", "habiller", "past", "denial", "my mother didn't get dressed",
         "ma mère ne s'est pas habillée"),
        ("we", "lever", "past", "statement", "we got up", "nous nous sommes levés"),
        ("I", "dépêcher", "progressive", "denial", "I am not hurrying",
         "je ne suis pas en train de me dépêcher"),
        ("Anne", "apporter", "progressive", "statement", "Anne is bringing",
         "Anne est en train d'apporter"),
        ("I", "aimer", "present", "no longer", "I no longer like", "je n'aime plus"),
        ("Marie", "habiter", "used", "statement", "Marie used to live", "Marie habitait"),
        ("you", "reposer", "want", "question", "do you want to rest", "voulez-vous vous reposer"),
        ("she", "lever", "past", "question", "did she get up", "s'est-elle levée"),
        ("she", "être", "past", "denial", "she wasn't", "elle n'était pas"),
        ("the child", "prendre", "must", "denial", "the child must not take",
         "l'enfant ne doit pas prendre"),
        ("he", "appeler", "near", "denial", "he isn't going to call", "il ne va pas appeler"),
    ],
)  # fmt: skip
def test_clauses(who: str, verb: str, tense: str, form: str, english: str, french: str) -> None:
    subject = next(each for each in (*PRONOUNS, *NAMES, *PERSONS) if each.english == who)
    made = clause(subject, all_verbs()[verb], tense, form)
    assert made.english == english
    assert fr.spell(made.french) == french


def test_there_is_a_clause_for_each_tense_and_form() -> None:
    for tense in TENSES:
        for form in FORMS:
            if possible(tense, form):
                made = clause(PRONOUNS[2], all_verbs()["vendre"], tense, form)
                assert "she" in made.english
                assert "elle" in fr.spell(made.french)


# What French and English never look like, whichever words stand there.
_VOWEL = "[aeiouyàâéèêëîïôùûœ]"
_WRONG_FRENCH = [
    rf"(?i)\b(?:l[ea]|je|me|te|se|ne|de|que|ce) (?!onze|oui){_VOWEL}",
    r"(?i)\b(?:à|de) les?\b(?! \w+[ei]r\b| \w+re\b)",  # but `de le suivre`
    r"(?i)\bsi ils?\b",
    r"(?i)\b(?:ma|ta|sa|ce) [aeiouéèêœ]",
    r"\bde? de\b|\bune? une?\b",
    r"[aeiou]-(?:il|elle)\b",
    r"(?i)\b(?:vieux|beau|nouveau) (?:arbre|hôtel|appartement|oiseau|ordinateur|écureuil)\b",
]
_WRONG_ENGLISH = [
    r"(?i)\ba [aeio]\w+",
    r"(?i)\ban [^aeiou]",
    r"(?i)\b(?:he|she|it) (?:are|were|don't|have)\b",
    r"(?i)\b(?:I|we|you|they) (?:is|was not|doesn't)\b",
    r"\bthe the\b|\ba a\b",
]


def test_sentences_are_well_formed(many: list[Phrase]) -> None:
    for phrase in many:
        for text, wrong in ((phrase.french, _WRONG_FRENCH), (phrase.english, _WRONG_ENGLISH)):
            for pattern in wrong:
                found = re.search(pattern, text)
                assert not found, (text, pattern)
            assert "  " not in text
            assert "_" not in text
            assert text[0].isupper()
        assert re.search("[^\u202f][.]$|\u202f[?]$", phrase.french)
        assert phrase.english[-1] == phrase.french[-1]


def test_one_english_sentence_has_one_french_one(many: list[Phrase]) -> None:
    french = defaultdict(set)
    for phrase in many:
        french[sentence_key(phrase.english)].add(phrase.french)
    assert all(len(each) == 1 for each in french.values())
    assert len(french) > 0.9 * len(many)


def test_her_is_not_whose_the_things_are_that_she_is_given() -> None:
    """`We sell her boats` says either; `We sell her the boats` says one."""
    random = Random(0)
    made = [giving(random) for _ in range(2000)]
    to_her = [phrase for phrase in made if "her" in {second for _, second in phrase.combinations}]
    assert len(to_her) > 50
    for phrase in to_her:
        assert not [first for first, _ in phrase.combinations if first.startswith("some ")], phrase


def test_hundreds_of_thousands_of_sentences_can_be_made() -> None:
    """By how few of many come twice: of `n` drawn from `N`, about `n * n / 2N` pairs do."""
    random = Random(1)
    [action] = [make for make in CONSTRUCTIONS if make.__name__ == "action"]
    made = [action(random).english for _ in range(5000)]
    twice = len(made) - len(set(made))
    assert twice <= 5000**2 / (2 * 200_000)


def test_parts_are_as_large_as_said(phrases: PairDataset) -> None:
    assert len(phrases.test) == 800
    assert len(phrases.train) + len(phrases.validation) >= 3195  # some share a French sentence
    assert (phrases.source_language, phrases.target_language) == ("en", "fr")
    assert len({*phrases.train.sources, *phrases.validation.sources, *phrases.test.sources}) >= 3990
    check_apart(phrases)


def test_the_seed_decides() -> None:
    options: dict[str, Any] = {"examples": 1000, "test_examples": 50}
    first = load_pairs("phrases", **options)
    assert load_pairs("phrases", **options).fingerprint == first.fingerprint
    assert load_pairs("phrases", **options, split_seed=1).fingerprint != first.fingerprint
    reverse = load_pairs("phrases", **options, source="fr", target="en")
    assert pairs_of(reverse.test) == [(other, one) for one, other in pairs_of(first.test)]


def test_the_test_has_the_words_of_the_training_in_new_combinations(phrases: PairDataset) -> None:
    def words(texts: list[str]) -> set[str]:
        return {word for text in texts for word in re.findall(r"[\w-]+", text.lower())}

    for side in ("sources", "targets"):
        learned = [*getattr(phrases.train, side), *getattr(phrases.validation, side)]
        assert words(list(getattr(phrases.test, side))) <= words(learned)
    # `an old tree` is made of a pair of words: one that is held out stands in the test alone.
    train = [
        re.findall(r"\w+", text) for text in (*phrases.train.sources, *phrases.validation.sources)
    ]
    stand = {pair for text in train for pair in itertools.pairwise(text)}
    described = [(a.english, n.english) for a in ADJECTIVES for n in NOUNS if n.kind in a.kinds]
    held_out = [pair for pair in described if is_held_out(pair)]
    assert not stand.intersection(held_out)
    assert len(held_out) > 50
    assert len(stand.intersection(described)) > 150


def test_training_has_nearly_every_word_of_few_sentences(many: list[Phrase]) -> None:
    learned = {
        word for phrase in many if phrase.trains for word in re.findall(r"\w+", phrase.english)
    }
    known = [noun for noun in NOUNS if learned.intersection((noun.english, noun.english_plural))]
    assert len(known) > 0.9 * len(NOUNS)
    adjectives = [*ADJECTIVES, *QUALITIES]
    assert sum(word.english in learned for word in adjectives) > 0.9 * len(adjectives)
    assert 0.5 < sum(phrase.trains for phrase in many) / len(many) < 0.8


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="phrases are made up by Okazu; expected no path"):
        load_pairs("phrases", Path("phrases.tsv"))
    with pytest.raises(InvalidSetting, match=r"data\.test_examples: expected fewer than data\.exa"):
        read(PairData(dataset="phrases", examples=1000, test_examples=1000))
    with pytest.raises(InvalidSetting, match="of the words of the training part cannot be made"):
        read(PairData(dataset="phrases", examples=1000, test_examples=999))
