"""The verbs of the grammar, with what they are done to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """A verb in both languages.

    Attributes:
        english: Its base form.
        third: `he ...`.
        past: `he ... yesterday`.
        gerund: `he is ...`.
        french: Its infinitive.
        present: Of je, il, nous, vous and ils.
        participle: Of the past, masculine.
        future: Its stem.
        objects: Kinds of nouns that it is done to; empty where it stands alone.
        moves: Whether its past is made with `être`.
        reflexive: Whether it is done to oneself; its past is made with `être` too.
        english_after: Words that stand behind the English verb, before its object: `look for`.
    """

    english: str
    third: str
    past: str
    gerund: str
    french: str
    present: tuple[str, ...]
    participle: str
    future: str
    objects: tuple[str, ...] = ()
    moves: bool = False
    reflexive: bool = False
    english_after: str = ""

    @property
    def with_etre(self) -> bool:
        return self.moves or self.reflexive

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return f"{self.english} {self.english_after}".rstrip()


def _verb(
    english: str, french: str, objects: str = "", *, moves: bool = False, reflexive: bool = False
) -> Verb:
    """From `eat eats ate eating`, or `cook` if it is regular, and the French forms.

    French is the infinitive of a regular verb in -er; an infinitive, `/`, and the stem of the forms
    whose ending is not heard (`acheter/achèt`); or everything: an infinitive, five forms of the
    present, the participle and the stem of the future.
    """
    forms, _, after = english.partition(" + ")
    base, *others = forms.split()
    third, past, gerund = others or _regular(base)
    infinitive, *rest = french.split()
    if rest:
        *present, participle, future = rest
    else:
        infinitive, _, silent = infinitive.partition("/")
        stem = infinitive.removesuffix("er")
        silent = silent or stem
        soft = stem + "e" if stem.endswith("g") else stem
        present = [silent + "e", silent + "e", soft + "ons", stem + "ez", silent + "ent"]
        participle = stem + "é"
        # The changed stem is heard in the future too, but an é stays: préférera, achètera.
        future = infinitive if silent[:-1].endswith("è") and "é" in stem[-3:] else silent + "er"
    assert len(present) == 5, french
    return Verb(
        english=base,
        third=third,
        past=past,
        gerund=gerund,
        french=infinitive,
        present=tuple(present),
        participle=participle,
        future=future,
        objects=tuple(objects.split()),
        moves=moves,
        reflexive=reflexive,
        english_after=after,
    )


def _regular(base: str) -> tuple[str, str, str]:
    if base.endswith("e"):
        return base + "s", base + "d", base[:-1] + "ing"
    if base.endswith("y") and base[-2] not in "aeou":
        return base[:-1] + "ies", base[:-1] + "ied", base + "ing"
    third = base + ("es" if base.endswith(("s", "x", "ch", "sh")) else "s")
    return third, base + "ed", base + "ing"


BE = _verb("be is was being", "être suis est sommes êtes sont été ser")
HAVE = _verb("have has had having", "avoir ai a avons avez ont eu aur")
GO = _verb("go goes went going", "aller vais va allons allez vont allé ir", moves=True)
DO = _verb("do does did doing", "faire fais fait faisons faites font fait fer")
CAN = _verb("can can could _", "pouvoir peux peut pouvons pouvez peuvent pu pourr")
MUST = _verb("must must _ _", "devoir dois doit devons devez doivent dû devr")
WANT = _verb("want", "vouloir veux veut voulons voulez veulent voulu voudr")

_TAKE = "prends prend prenons prenez prennent pris"
_SEE = "vois voit voyons voyez voient vu"
_OPEN = "ouvre ouvre ouvrons ouvrez ouvrent ouvert"

# Kinds of nouns: see `words`.
ACTIONS = (
    _verb("eat eats ate eating", "manger", "fruit egg dish food"),
    _verb("drink drinks drank drinking", "boire bois boit buvons buvez boivent bu boir", "drink"),
    _verb(
        "buy buys bought buying",
        "acheter/achèt",
        "fruit egg dish food staple drink text paper gadget good clothes seat furniture vessel"
        " crockery vehicle home flower pet",
    ),
    _verb(
        "sell sells sold selling",
        "vendre vends vend vendons vendez vendent vendu vendr",
        "fruit food staple text gadget clothes seat furniture vessel crockery vehicle home flower",
    ),
    _verb("look + for", "chercher", "text paper gadget good clothes pet"),
    _verb("find finds found finding", "trouver", "text paper gadget good clothes pet"),
    _verb(
        "lose loses lost losing",
        "perdre perds perd perdons perdez perdent perdu perdr",
        "text paper gadget good clothes",
    ),
    _verb("see sees saw seeing", f"voir {_SEE} verr", "vehicle home pet wild tree"),
    _verb("read reads read reading", "lire lis lit lisons lisez lisent lu lir", "text"),
    _verb(
        "write writes wrote writing",
        "écrire écris écrit écrivons écrivez écrivent écrit écrir",
        "writing",
    ),
    _verb("open", f"ouvrir {_OPEN} ouvrir", "opening container"),
    _verb("close", "fermer", "opening container"),
    _verb(
        "clean",
        "nettoyer nettoie nettoie nettoyons nettoyez nettoient nettoyé nettoier",
        "room vehicle seat furniture",
    ),
    _verb("wash", "laver", "clothes vessel crockery vehicle fruit"),
    _verb("repair", "réparer", "gadget vehicle seat"),
    _verb("wear wears wore wearing", "porter", "clothes"),
    _verb("take takes took taking", f"prendre {_TAKE} prendr", "good gadget transport"),
    _verb("bring brings brought bringing", "apporter", "text good vessel crockery seat"
          " dish flower"),
    _verb("draw draws drew drawing", "dessiner", "pet wild tree flower home vehicle"),
    _verb("prepare", "préparer", "dish"),
    _verb("choose chooses chose choosing", "choisir choisis choisit choisissons choisissez"
          " choisissent choisi choisir", "clothes text dish seat vehicle"),
    _verb("hide hides hid hiding", "cacher", "good paper text gadget"),
    _verb("keep keeps kept keeping", "garder", "text paper good"),
    _verb("forget forgets forgot forgetting", "oublier", "text paper gadget good clothes"),
)  # fmt: skip

TO_PERSONS = (
    _verb("see sees saw seeing", f"voir {_SEE} verr"),
    _verb("call", "appeler/appell"),
    _verb("help", "aider"),
    _verb("invite", "inviter"),
    _verb("wait + for", "attendre attends attend attendons attendez attendent attendu attendr"),
    _verb("listen + to", "écouter"),
    _verb("look + at", "regarder"),
    _verb(
        "understand understands understood understanding",
        f"comprendre {' '.join('com' + form for form in _TAKE.split())} comprendr",
    ),
    _verb("follow", "suivre suis suit suivons suivez suivent suivi suivr"),
    _verb("thank", "remercier"),
)

GIVING = (
    _verb("give gives gave giving", "donner", "text paper good fruit flower"),
    _verb("show shows showed showing", "montrer", "text paper gadget clothes vehicle"),
    _verb(
        "send sends sent sending",
        "envoyer envoie envoie envoyons envoyez envoient envoyé enverr",
        "writing",
    ),
    _verb("lend lends lent lending", "prêter", "text gadget clothes vehicle"),
    _verb("sell sells sold selling", "vendre vends vend vendons vendez vendent vendu vendr",
          "vehicle gadget furniture"),
)  # fmt: skip

# What is done at a place.
STAYING = (
    _verb("work", "travailler"),
    _verb("sing sings sang singing", "chanter"),
    _verb("dance", "danser"),
    _verb("sleep sleeps slept sleeping", "dormir dors dort dormons dormez dorment dormi dormir"),
    _verb("play", "jouer"),
    _verb("run runs ran running", "courir cours court courons courez courent couru courr"),
    _verb("walk", "marcher"),
    _verb("wait", "attendre attends attend attendons attendez attendent attendu attendr"),
    _verb("eat eats ate eating", "manger"),
)
LIVE = _verb("live", "habiter")

MOVING_TO = (
    GO,
    _verb("come comes came coming", "venir viens vient venons venez viennent venu viendr",
          moves=True),
    _verb("come comes came coming + back", "revenir reviens revient revenons revenez reviennent"
          " revenu reviendr", moves=True),
)  # fmt: skip
COME = MOVING_TO[1]
COME_BACK = MOVING_TO[2]
STAY = _verb("stay", "rester", moves=True)
ARRIVE = _verb("arrive", "arriver", moves=True)
LEAVE = _verb(
    "leave leaves left leaving", "partir pars part partons partez partent parti partir", moves=True
)
REFLEXIVE = (
    _verb("wake wakes woke waking + up", "réveiller", reflexive=True),
    _verb("get gets got getting + up", "lever/lèv", reflexive=True),
    _verb("go goes went going + to bed", "coucher", reflexive=True),
    _verb("get gets got getting + dressed", "habiller", reflexive=True),
    _verb("rest", "reposer", reflexive=True),
    _verb("hurry", "dépêcher", reflexive=True),
)

LIKING = (
    _verb("like", "aimer"),
    _verb("hate", "détester"),
)
NEED = _verb("need", "avoir ai a avons avez ont eu aur")
PREFER = _verb("prefer prefers preferred preferring", "préférer/préfèr")
SPEAK = _verb("speak speaks spoke speaking", "parler")
LEARN = _verb("learn", f"apprendre {' '.join('ap' + form for form in _TAKE.split())} apprendr")
VISIT = _verb("visit", "visiter")
RAIN = _verb("rain", "pleuvoir _ pleut _ _ _ plu pleuvr")
SNOW = _verb("snow", "neiger")
COST = _verb("cost costs cost costing", "coûter")
OPEN = next(verb for verb in ACTIONS if verb.english == "open")
CLOSE = next(verb for verb in ACTIONS if verb.english == "close")

THINKING = (
    _verb("think thinks thought thinking", "penser"),
    _verb("know knows knew knowing", "savoir sais sait savons savez savent su saur"),
    _verb("say says said saying", "dire dis dit disons dites disent dit dir"),
    _verb("believe", "croire crois croit croyons croyez croient cru croir"),
)
