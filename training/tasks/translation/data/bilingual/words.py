"""The nouns, adjectives, people and places of the grammar.

A line of the tables is `english: french gender`, or for an adjective `english: masculine`, its
feminine if that is irregular, and `>masculine` before a vowel if that is different.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr


@dataclass(frozen=True)
class Noun:
    """A thing or an animal that can be counted, or a substance that cannot.

    Attributes:
        kind: What can be done with it and said of it, see `verbs` and `ADJECTIVES`.
        feminine: In French.
        mass: Whether it is a substance.
    """

    english: str
    french: str
    kind: str
    feminine: bool
    mass: bool = False

    @property
    def english_plural(self) -> str:
        return en.plural(self.english)

    @property
    def french_plural(self) -> str:
        return fr.plural(self.french)


@dataclass(frozen=True)
class Adjective:
    """An adjective in both languages.

    Attributes:
        masculine: In French, singular.
        before_vowel: The same before a vowel: `un bel arbre`.
        kinds: Of the nouns that it is said of.
        leads: Whether it stands before a French noun.
    """

    english: str
    masculine: str
    feminine: str
    before_vowel: str
    kinds: frozenset[str]
    leads: bool

    def form(self, feminine: bool, plural: bool, following: str = "") -> str:
        """The French form, before a word if that follows."""
        if feminine:
            return self.feminine + "s" if plural else self.feminine
        if plural:
            return fr.plural(self.masculine)
        return self.before_vowel if fr.begins_with_vowel(following) else self.masculine

    @property
    def has_one_form(self) -> bool:
        """Whether a speaker's gender does not show."""
        return self.masculine == self.feminine


_NOUNS = """
text
book: livre m; newspaper: journal m; magazine: magazine m; poem: poème m
writing
letter: lettre f; message: message m
paper
ticket: billet m; map: carte f; photo: photo f; envelope: enveloppe f; notebook: cahier m
gadget
phone: téléphone m; watch: montre f; umbrella: parapluie m; computer: ordinateur m; radio: radio f
good
key: clé f; bag: sac m; wallet: portefeuille m; knife: couteau m; present: cadeau m
ring: bague f; toy: jouet m; pen: stylo m
clothes
dress: robe f; shirt: chemise f; hat: chapeau m; coat: manteau m; scarf: écharpe f
skirt: jupe f; jacket: veste f; sweater: pull m; tie: cravate f
seat
chair: chaise f; armchair: fauteuil m; bed: lit m; sofa: canapé m
furniture
table: table f; lamp: lampe f; mirror: miroir m; wardrobe: armoire f; painting: tableau m
carpet: tapis m
vessel
glass: verre m; bottle: bouteille f; cup: tasse f
crockery
plate: assiette f; spoon: cuillère f; fork: fourchette f
vehicle
car: voiture f; bike: vélo m; boat: bateau m; lorry: camion m; motorbike: moto f
transport
train: train m; bus: bus m; taxi: taxi m; plane: avion m
home
house: maison f; flat: appartement m; castle: château m; hotel: hôtel m; farm: ferme f
room
kitchen: cuisine f; bedroom: chambre f; living room: salon m; garage: garage m
opening
door: porte f; window: fenêtre f
container
box: boîte f; drawer: tiroir m; suitcase: valise f
pet
dog: chien m; cat: chat m; horse: cheval m; rabbit: lapin m; hamster: hamster m; cow: vache f
wild
bird: oiseau m; mouse: souris f; owl: hibou m; elephant: éléphant m; duck: canard m
squirrel: écureuil m; bee: abeille f
tree
tree: arbre m; apple tree: pommier m
flower
flower: fleur f; rose: rose f; tulip: tulipe f; orchid: orchidée f
fruit
apple: pomme f; orange: orange f; banana: banane f; pear: poire f; tomato: tomate f
apricot: abricot m; strawberry: fraise f
dish
cake: gâteau m; sandwich: sandwich m; soup: soupe f; salad: salade f; omelette: omelette f
pie: tarte f; pizza: pizza f
egg
egg: œuf m
"""
_SUBSTANCES = """
food
bread: pain m; cheese: fromage m; meat: viande f; fish: poisson m; rice: riz m; jam: confiture f
chocolate: chocolat m; honey: miel m
staple
butter: beurre m; oil: huile f; garlic: ail m; sugar: sucre m; flour: farine f; salt: sel m
drink
water: eau f; coffee: café m; tea: thé m; milk: lait m; wine: vin m; beer: bière f
lemonade: limonade f; orange juice: jus d'orange m
"""
_TABLEWARE = "vessel crockery"
_COLOURED = f"gadget clothes seat furniture {_TABLEWARE} vehicle flower opening container good"
_LARGE = f"gadget clothes seat furniture {_TABLEWARE} vehicle home"
_MADE = f"text paper {_LARGE}"
_LEADING = f"""
{_LARGE} tree flower dish good opening container room
big: grand
{_LARGE} pet wild tree flower fruit egg dish good opening container room
small: petit
clothes home flower vessel furniture wild pet good room
pretty: joli
clothes home flower tree furniture wild vehicle text
beautiful: beau belle >bel
{_MADE} good
new: nouveau nouvelle >nouvel
{_MADE} tree pet
old: vieux vieille >vieil
text dish fruit egg
good: bon bonne; bad: mauvais
writing
long: long longue; short: court
"""
_FOLLOWING = f"""
{_COLOURED}
red: rouge; green: vert; blue: bleu; yellow: jaune
{_COLOURED} pet
white: blanc blanche; black: noir; grey: gris
gadget clothes seat furniture vehicle home good
expensive: cher chère
seat furniture container
heavy: lourd
vessel container home room
empty: vide
vessel crockery seat furniture gadget vehicle opening
broken: cassé
clothes vessel crockery vehicle room opening seat
clean: propre; dirty: sale
gadget text good paper
useful: utile
text writing
interesting: intéressant; boring: ennuyeux ennuyeuse; famous: célèbre
seat home
comfortable: confortable
home vehicle furniture room
modern: moderne
wild pet
strange: étrange; intelligent: intelligent
text vehicle gadget food
Italian: italien italienne; French: français; German: allemand
fruit
ripe: mûr
dish fruit food
delicious: délicieux délicieuse
drink
hot: chaud; cold: froid
"""
_OF_PERSONS = """
person
tired: fatigué; happy: heureux heureuse; sad: triste; ill: malade; young: jeune; ready: prêt
rich: riche; poor: pauvre; tall: grand; strong: fort; kind: gentil gentille; shy: timide
famous: célèbre; busy: occupé; proud: fier fière; serious: sérieux sérieuse; funny: drôle
lazy: paresseux paresseuse; jealous: jaloux jalouse; calm: calme; curious: curieux curieuse
patient: patient; honest: honnête; worried: inquiet inquiète; polite: poli; alone: seul
Italian: italien italienne; French: français; German: allemand; Belgian: belge
"""


def _entries(table: str) -> list[tuple[str, str, list[str]]]:
    """The heading above each entry, its English word and the words of its French side."""
    entries = []
    heading = ""
    for line in table.strip().splitlines():
        if ":" not in line:
            heading = line
            continue
        for entry in line.split("; "):
            english, _, french = entry.partition(": ")
            entries.append((heading, english, french.split()))
    return entries


def _nouns(table: str, *, mass: bool = False) -> list[Noun]:
    return [
        Noun(english, " ".join(french[:-1]), kind, french[-1] == "f", mass)
        for kind, english, french in _entries(table)
    ]


def _adjectives(table: str, *, leads: bool) -> list[Adjective]:
    adjectives = []
    for kinds, english, french in _entries(table):
        special = [form[1:] for form in french if form.startswith(">")]
        plain = [form for form in french if not form.startswith(">")]
        adjectives.append(
            Adjective(
                english=english,
                masculine=plain[0],
                feminine=plain[1] if len(plain) > 1 else fr.feminine(plain[0]),
                before_vowel=special[0] if special else plain[0],
                kinds=frozenset(kinds.split()),
                leads=leads,
            )
        )
    return adjectives


COUNTED = _nouns(_NOUNS)
SUBSTANCES = _nouns(_SUBSTANCES, mass=True)
NOUNS = [*COUNTED, *SUBSTANCES]
ADJECTIVES = [*_adjectives(_LEADING, leads=True), *_adjectives(_FOLLOWING, leads=False)]
QUALITIES = _adjectives(_OF_PERSONS, leads=False)
EXPENSIVE = next(word for word in ADJECTIVES if word.english == "expensive")
NATIONALITIES = frozenset("Italian French German Belgian".split())


@functools.cache
def nouns_of(*kinds: str) -> tuple[Noun, ...]:
    """The nouns of some kinds, in the order of the tables."""
    return tuple(noun for noun in NOUNS if noun.kind in kinds)


@functools.cache
def nouns_called(*names: str) -> tuple[Noun, ...]:
    """Nouns by their English names."""
    return tuple(noun for noun in NOUNS if noun.english in names)


@functools.cache
def adjectives_of(noun: Noun) -> tuple[Adjective, ...]:
    """What can be said of a noun."""
    return tuple(adjective for adjective in ADJECTIVES if noun.kind in adjective.kinds)
