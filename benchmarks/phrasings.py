"""An FAQ of up to 1,400 phrasings, in French and English, as a shop's customers write.

Made from what people ask about (things, each with several names) and what they want to know
(wishes, each asked in seven ways), with greetings, missing accents and missing capitals as they
come; no phrasing occurs twice. The same size gives the same FAQ every time.
"""

import random
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SEED = 24
ENTRIES = 200
"""In both languages together."""
WAYS = 7
"""How many ways there are to ask for each of them."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """What is asked about in one language, and how."""

    things: Mapping[str, tuple[str, ...]]
    """By id: names without their article; a feminine one begins with "f "."""
    wishes: Mapping[str, tuple[str, ...]]
    """By id: seven questions, then the answer."""
    greetings: tuple[str, ...]


FRENCH = Tongue(
    things={
        "mill": ("moulin à café", "moulin manuel", "broyeur à grains"),
        "kettle": ("f bouilloire", "f bouilloire à col de cygne", "f théière électrique"),
        "press": ("f cafetière à piston", "f french press", "f presse"),
        "scale": ("f balance", "f balance de précision", "pèse-café"),
        "filter": ("porte-filtre", "f carafe avec filtre", "cône en verre"),
        "machine": ("f machine à espresso", "percolateur", "f machine"),
        "cup": ("service de tasses", "lot de mugs", "coffret de tasses"),
        "moka": ("f cafetière italienne", "moka", "f petite italienne"),
        "frother": ("mousseur à lait", "fouet à lait", "f buse à mousse"),
        "jar": ("f boîte à café", "bocal hermétique", "f boîte en fer"),
    },
    wishes={
        "price": (
            "Combien coûte {the} ?",
            "quel est le prix pour {a}",
            "c'est combien {the} chez vous ?",
            "je cherche {a} pas trop cher, vous avez quoi comme tarif",
            "vous faites une remise sur {the} en ce moment ?",
            "il faut compter quel budget pour {a}",
            "{the} est en promo ou pas",
            "Le prix est indiqué sur la fiche, livraison comprise dès 40 €.",
        ),
        "stock": (
            "Est-ce que {the} est disponible ?",
            "il vous reste {a} en stock ?",
            "quand est ce que {the} revient",
            "le site dit épuisé pour {the}, vous en recevez bientôt ?",
            "je ne trouve plus {the} sur le site",
            "possible de réserver {a} pour la semaine prochaine",
            "vous avez encore {the} en magasin à Lyon ?",
            "Le stock affiché est celui du jour ; laissez votre adresse pour être prévenu.",
        ),
        "repair": (
            "Qui répare {the} en cas de panne ?",
            "{my} ne marche plus depuis hier",
            "est-ce que vous réparez {the}",
            "{my} est en panne, je fais quoi ?",
            "une pièce a cassé sur {my}, on peut la changer ?",
            "{my} fait un bruit bizarre et s'arrête",
            "je voudrais envoyer {my} au service après-vente",
            "Écrivez-nous le numéro de série : la réparation prend deux semaines.",
        ),
        "clean": (
            "Comment nettoyer {the} ?",
            "on peut mettre {the} au lave-vaisselle ?",
            "il y a du calcaire partout dans {my}",
            "tous les combien faut-il laver {the}",
            "quel produit pour entretenir {the}",
            "{my} sent le renfermé, comment faire",
            "des taches sur {the}, ça part comment ?",
            "De l'eau tiède et une brosse suffisent ; jamais de javel.",
        ),
        "return": (
            "Puis-je renvoyer {the} ?",
            "{the} ne me convient pas, je veux être remboursé",
            "j'ai changé d'avis pour {the}, comment vous le retourner",
            "jusqu'à quand peut on rendre {a} ?",
            "échanger {the} contre un autre modèle",
            "qui paie le retour si je renvoie {the}",
            "j'ai ouvert la boîte, vous reprenez {the} quand même ?",
            "Vous avez 30 jours ; l'étiquette de retour est dans votre compte.",
        ),
        "gift": (
            "Peut-on faire emballer {the} pour un cadeau ?",
            "j'offre {the} à ma sœur, vous faites un paquet ?",
            "envoyer {a} directement chez la personne avec un petit mot",
            "ne mettez pas la facture avec {the} svp c'est une surprise",
            "est ce qu'on peut graver un prénom sur {the}",
            "c'est pour noël, {the} arrive dans un joli papier ?",
            "idée cadeau : {the} ça plaît à un débutant ?",
            "Cochez « C'est un cadeau » au panier : papier, mot, et pas de facture.",
        ),
        "warranty": (
            "Combien de temps dure la garantie pour {the} ?",
            "{the} est sous garantie pendant combien d'années",
            "{my} a deux ans, encore sous garantie ?",
            "j'ai perdu le ticket pour {my}, la garantie marche quand même ?",
            "que couvre la garantie sur {the}",
            "extension de garantie possible avec {the} ?",
            "{the} que j'ai pris en 2023, on peut encore le faire couvrir",
            "Deux ans, pièces et main-d'œuvre ; la preuve d'achat est dans votre compte.",
        ),
        "use": (
            "Comment utiliser {the} pour la première fois ?",
            "je débute, un mode d'emploi pour {the} ?",
            "j'ai perdu la notice qui va avec {the}",
            "quel réglage pour commencer avec {the}",
            "vous avez une vidéo qui montre {the}",
            "{the} c'est compliqué pour un débutant ?",
            "combien de grammes avec {the} pour deux personnes",
            "La notice et une vidéo sont sur la fiche, onglet « Premiers pas ».",
        ),
        "origin": (
            "D'où vient {the} ?",
            "c'est du chinois, {the} ?",
            "c'est quelle marque {the}",
            "est-ce du made in France, {the} ?",
            "qui fabrique {the} pour vous",
            "y a du plastique dans {the} ou c'est tout en métal ?",
            "on produit {the} dans quel pays",
            "Le lieu et la matière sont sur la fiche ; la moitié vient du Jura.",
        ),
        "delivery": (
            "Quand vais-je recevoir {the} ?",
            "j'ai commandé {the} lundi, toujours rien",
            "vous livrez {the} en belgique ?",
            "où en est la livraison pour {the}",
            "faut-il être là pour réceptionner {the}",
            "{the} peut arriver avant samedi ?",
            "frais de port pour {a} jusqu'en corse",
            "Deux à quatre jours ; le suivi part avec le colis.",
        ),
    },
    greetings=("bonjour ", "salut, ", "bonsoir ", "svp ", "rebonjour, "),
)

ENGLISH = Tongue(
    things={
        "mill": ("coffee grinder", "hand mill", "burr grinder"),
        "kettle": ("kettle", "gooseneck kettle", "water boiler"),
        "press": ("French press", "cafetiere", "plunger pot"),
        "scale": ("coffee scale", "kitchen scale", "precision scale"),
        "filter": ("dripper", "pour-over set", "glass filter cone"),
        "machine": ("espresso machine", "portafilter machine", "coffee maker"),
        "cup": ("cup set", "set of mugs", "box of cups"),
        "moka": ("moka pot", "stovetop pot", "Italian coffee pot"),
        "frother": ("milk frother", "milk whisk", "foamer"),
        "jar": ("coffee tin", "airtight jar", "storage canister"),
    },
    wishes={
        "price": (
            "How much is {the}?",
            "what do you charge for {a}",
            "price for {a} pls",
            "is there any discount on {the} right now?",
            "looking for {a} that isn't too expensive",
            "do students pay less for {the}",
            "is {the} on sale or not",
            "The price is on its page, delivery included from €40.",
        ),
        "stock": (
            "Is {the} available?",
            "do you still have {a} in stock",
            "when is {the} coming back",
            "it says sold out for {the}, any date?",
            "cant find {the} on your website anymore",
            "could you put {a} aside for me until friday",
            "does the Lyon shop have {the}?",
            "The stock shown is today's; leave your address to be told of more.",
        ),
        "repair": (
            "Who repairs {the} when it breaks?",
            "{my} stopped working yesterday",
            "do you fix {the} yourselves",
            "{my} is broken what now",
            "a part snapped off {my}, can I buy just that?",
            "{my} makes a strange noise and then stops",
            "I'd like to send {my} in for service",
            "Send us the serial number: a repair takes two weeks.",
        ),
        "clean": (
            "How do I clean {the}?",
            "is {the} dishwasher safe",
            "limescale all over {my}, help",
            "how often should one wash {the}?",
            "which cleaner do you recommend for {the}",
            "{my} smells musty",
            "getting stains off {the}",
            "Lukewarm water and a brush will do; never bleach.",
        ),
        "return": (
            "Can I send {the} back?",
            "{the} isn't for me, I want a refund",
            "changed my mind about {the}, how do I return it",
            "how long do I have to bring back {a}?",
            "swap {the} for another model",
            "who pays the postage if {the} goes back",
            "already opened the box, would you still take {the} back?",
            "You have 30 days; the return label is in your account.",
        ),
        "gift": (
            "Can you gift-wrap {the}?",
            "{the} is a present for my sister, do you wrap it",
            "ship {a} straight to a friend with a note",
            "please no invoice in the parcel with {the}, it's a surprise",
            "can you engrave a name on {the}?",
            "does {the} come in nice paper for christmas",
            "would a beginner be happy with {the} as a present?",
            "Tick “It's a gift” in the basket: paper, a note, and no invoice.",
        ),
        "warranty": (
            "How long is the warranty on {the}?",
            "how many years of guarantee does {the} have",
            "{my} is two years old, still covered?",
            "lost the receipt for {my}, does the guarantee still hold",
            "what does the warranty cover on {the}",
            "can I extend the warranty with {the}?",
            "bought {the} in 2023, is that still under warranty",
            "Two years, parts and labour; the proof of purchase is in your account.",
        ),
        "use": (
            "How do I use {the} for the first time?",
            "total beginner here, is there a manual for {the}",
            "I threw away the instructions that came with {the}",
            "what setting should I start with on {the}?",
            "any video that shows {the}",
            "is {the} hard to use",
            "how many grams with {the} for two people?",
            "The manual and a video are on its page, under “First steps”.",
        ),
        "origin": (
            "Where is {the} made?",
            "does {the} come from china",
            "what brand is {the}?",
            "who manufactures {the} for you",
            "is {the} made in Europe or imported",
            "any plastic in {the} or is it all metal?",
            "which country is {the} produced in",
            "Place and material are on its page; half of them come from the Jura.",
        ),
        "delivery": (
            "When will I receive {the}?",
            "ordered {the} on monday, still nothing",
            "do you ship {the} to Belgium?",
            "any news on the delivery of {the}",
            "do I have to be home when {the} arrives",
            "can {the} get here before saturday?",
            "postage for {a} to Scotland",
            "Two to four days; the tracking number leaves with the parcel.",
        ),
    },
    greetings=("hi, ", "hello ", "hey, ", "good morning, ", "quick question: "),
)

TONGUES = {"fr": FRENCH, "en": ENGLISH}


def library(ways: int) -> Mapping[str, str]:
    """FAQ files by their paths: 100 entries a language, each asked in 1 to 7 ways."""
    chance = random.Random(SEED)  # noqa: S311  # it need not be hard to guess
    return {
        f"{language}/shop.md": "\n\n".join(_blocks(language, ways, chance)) for language in TONGUES
    }


def _blocks(language: str, ways: int, chance: random.Random) -> Iterator[str]:
    tongue = TONGUES[language]
    yield f"---\nlanguage: {language}\n---"
    for thing, names in tongue.things.items():
        yield f"# {names[0].removeprefix('f ').capitalize()}"
        for wish, (question, *others, answer) in tongue.wishes.items():
            yield f"## {_filled(question, names[0], language)} {{#{thing}-{wish}}}"
            quotes = [
                _as_typed(_filled(other, chance.choice(names), language), tongue, chance)
                for other in chance.sample(others, ways - 1)
            ]
            if quotes:
                yield "\n".join(f"> {quote}" for quote in quotes)
            yield answer


def _filled(wish: str, name: str, language: str) -> str:
    noun = name.removeprefix("f ")
    feminine = noun != name
    if language == "fr":
        the, a, my = ("la", "une", "ma") if feminine else ("le", "un", "mon")
    else:
        the, a, my = "the", "an" if noun[0].lower() in "aeiou" else "a", "my"
    text = wish.format(the=f"{the} {noun}", a=f"{a} {noun}", my=f"{my} {noun}")
    return text[0].upper() + text[1:] if wish[0].isupper() else text


def _as_typed(text: str, tongue: Tongue, chance: random.Random) -> str:
    """As somebody types it who is in a hurry, or polite, or neither."""
    if chance.random() < 0.25:
        text = chance.choice(tongue.greetings) + text
    if chance.random() < 0.2:
        plain = unicodedata.normalize("NFD", text.replace("œ", "oe"))
        text = plain.encode("ascii", "ignore").decode()
    if chance.random() < 0.3:
        text = text.removesuffix("?").rstrip()
    return text
