"""Who and what sentences are about: pronouns, names, family, people at work, and places."""

from __future__ import annotations

from dataclasses import dataclass

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual.words import Noun

JE, IL, NOUS, VOUS, ILS = range(5)  # the persons of verbs


@dataclass(frozen=True)
class Subject:
    """Someone or something that verbs agree with.

    Attributes:
        english: `she`, `my sister`.
        french: Words before they are spelled together.
        person: Of French verbs, as above.
        feminine: In French.
        pronoun: Whether it is one itself.
        again: The English pronoun for it.
        answers: The same as an object: `her`.
    """

    english: str
    french: tuple[str, ...]
    person: int
    feminine: bool
    pronoun: bool
    again: str
    answers: str = ""

    @property
    def plural(self) -> bool:
        return self.person in (NOUS, ILS)

    @property
    def third(self) -> bool:
        return self.person == IL

    @property
    def open(self) -> bool:
        """Whether its gender in French is known."""
        return self.person not in (JE, VOUS)

    @property
    def french_again(self) -> str:
        """The French pronoun for it."""
        if self.person in (JE, NOUS, VOUS):
            return self.french[0]
        return ("elle" if self.feminine else "il") + "s" * self.plural

    def referred(self) -> Subject:
        """The pronoun that stands for it."""
        return Subject(
            self.again,
            (self.french_again,),
            self.person,
            self.feminine,
            True,
            self.again,
            self.answers,
        )


def _pronoun(english: str, french: str, person: int, feminine: bool = False) -> Subject:
    return Subject(english, (french,), person, feminine, True, english)


PRONOUNS = (
    _pronoun("I", "je", JE),
    _pronoun("he", "il", IL),
    _pronoun("she", "elle", IL, True),
    _pronoun("we", "nous", NOUS),
    _pronoun("you", "vous", VOUS),
    _pronoun("they", "ils", ILS),
)
KNOWN_PRONOUNS = tuple(pronoun for pronoun in PRONOUNS if pronoun.open)


def _one(english: str, french: str, feminine: bool) -> Subject:
    again, answers = ("she", "her") if feminine else ("he", "him")
    return Subject(english, tuple(french.split()), IL, feminine, False, again, answers)


def _many(english: str, french: str, feminine: bool) -> Subject:
    return Subject(english, tuple(french.split()), ILS, feminine, False, "they", "them")


MEN = ("Paul", "Lucas", "Thomas", "Antoine", "Nicolas", "Oscar", "Pierre")
WOMEN = ("Marie", "Anne", "Julie", "Emma", "Louise", "Alice", "Sarah")
NAMES = (
    *(_one(name, name, False) for name in MEN),
    *(_one(name, name, True) for name in WOMEN),
)
PERSONS = (
    _one("my father", "mon père", False),
    _one("my mother", "ma mère", True),
    _one("my brother", "mon frère", False),
    _one("my sister", "ma sœur", True),
    _one("my uncle", "mon oncle", False),
    _one("my aunt", "ma tante", True),
    _one("my grandmother", "ma grand-mère", True),
    _one("my grandfather", "mon grand-père", False),
    _one("my friend", "mon ami", False),
    _one("the boy", "le garçon", False),
    _one("the girl", "la fille", True),
    _one("the man", "le homme", False),
    _one("the woman", "la femme", True),
    _one("the child", "le enfant", False),
    _one("the neighbour", "le voisin", False),
    _one("the teacher", "le professeur", False),
    _one("the doctor", "le médecin", False),
    _one("the baker", "le boulanger", False),
    _one("the waitress", "la serveuse", True),
    _one("the actress", "la actrice", True),
    _one("the student", "le étudiant", False),
    _one("the queen", "la reine", True),
)
GROUPS = (
    _many("my parents", "mes parents", False),
    _many("my sisters", "mes sœurs", True),
    _many("my brothers", "mes frères", False),
    _many("my aunts", "mes tantes", True),
    _many("my friends", "mes amis", False),
    _many("the boys", "les garçons", False),
    _many("the girls", "les filles", True),
    _many("the men", "les hommes", False),
    _many("the women", "les femmes", True),
    _many("the children", "les enfants", False),
    _many("the neighbours", "les voisins", False),
    _many("the students", "les étudiants", False),
    _many("the actresses", "les actrices", True),
)


def both(one: Subject, other: Subject) -> Subject:
    """`Paul and Marie`: feminine if both are."""
    return Subject(
        f"{one.english} and {other.english}",
        (*one.french, "et", *other.french),
        ILS,
        one.feminine and other.feminine,
        False,
        "they",
        "them",
    )


@dataclass(frozen=True)
class Place:
    """Where people are, go to and come from; French words before they are spelled together.

    Attributes:
        english: `the market`, `Paris`.
        french: The same.
        to: `au marché`, `à Paris`, `en France`.
        source: `du marché`, `de Paris`, `de France`.
        at: The English preposition of those who are there.
    """

    english: str
    french: tuple[str, ...]
    to: tuple[str, ...]
    source: tuple[str, ...]
    at: str


def _place(english: str, french: str, at: str = "at") -> Place:
    words = tuple(french.split())
    return Place(english, words, ("à", *words), ("de", *words), at)


def _country(english: str, article: str, name: str) -> Place:
    """Feminine countries, and those that begin with a vowel, take `en` and lose their article."""
    to, source = {
        "la": (("en", name), ("de", name)),
        "le": (("à", "le", name), ("de", "le", name)),
        "les": (("à", "les", name), ("de", "les", name)),
    }[article]
    return Place(english, (article, name), to, source, "in")


PLACES = (
    _place("the market", "le marché"),
    _place("the station", "la gare"),
    _place("the school", "la école"),
    _place("the cinema", "le cinéma"),
    _place("the museum", "le musée"),
    _place("the hospital", "le hôpital"),
    _place("the hotel", "le hôtel"),
    _place("the bakery", "la boulangerie"),
    _place("the restaurant", "le restaurant"),
    _place("the library", "la bibliothèque"),
    _place("the airport", "le aéroport"),
    _place("the university", "la université"),
    _place("the pharmacy", "la pharmacie"),
    _place("the theatre", "le théâtre"),
    _place("the church", "la église"),
    _place("the beach", "la plage", "on"),
    _place("the swimming pool", "la piscine"),
)
CITIES = tuple(
    _place(english, french, "in")
    for english, french in (
        ("Paris", "Paris"),
        ("Lyon", "Lyon"),
        ("London", "Londres"),
        ("Brussels", "Bruxelles"),
        ("Geneva", "Genève"),
        ("Athens", "Athènes"),
        ("Amsterdam", "Amsterdam"),
        ("Berlin", "Berlin"),
        ("Oslo", "Oslo"),
    )
)
COUNTRIES = (
    _country("France", "la", "France"),
    _country("Italy", "la", "Italie"),
    _country("Spain", "la", "Espagne"),
    _country("Belgium", "la", "Belgique"),
    _country("Germany", "la", "Allemagne"),
    _country("Japan", "le", "Japon"),
    _country("Canada", "le", "Canada"),
    _country("Portugal", "le", "Portugal"),
    _country("Brazil", "le", "Brésil"),
    _country("the United States", "les", "États-Unis"),
    _country("the Netherlands", "les", "Pays-Bas"),
)
# Where one can be inside, in the English and the French of it.
OUTSIDE = tuple(
    Place(english, tuple(french.split()), (), (), "in")
    for english, french in (
        ("the park", "le parc"),
        ("the garden", "le jardin"),
        ("the street", "la rue"),
        ("the forest", "la forêt"),
    )
)
INDOORS = tuple(
    Place(english, tuple(french.split()), (), (), "in")
    for english, french in (
        ("the kitchen", "la cuisine"),
        ("the living room", "le salon"),
        ("the hall", "le couloir"),
    )
)
INSIDES = (*OUTSIDE, *INDOORS)


def thing(noun: Noun, english: str, french: tuple[str, ...], plural: bool) -> Subject:
    """A thing or an animal as a subject, from its words with an article."""
    again, answers = ("they", "them") if plural else ("it", "it")
    return Subject(english, french, ILS if plural else IL, noun.feminine, False, again, answers)


def owned(owner: Subject, noun: str) -> str:
    """`Paul's car`."""
    return f"{en.possessive(owner.english, owner.plural)} {noun}"
