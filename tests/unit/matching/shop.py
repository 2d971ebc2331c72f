"""A small bilingual FAQ to match against, written out so that tests depend on no file."""

from bot.models import Entry, Library, Source

_FRENCH = {
    "delai": (
        "Quels sont les délais de livraison ?",
        ("Ma commande arrive quand ?", "c koi le délai pour recevoir mon colis"),
        "Nous livrons en 3 à 5 jours ouvrés, du lundi au vendredi.",
    ),
    "retour": (
        "Comment retourner un article ?",
        ("je veux renvoyer ma commande", "est-ce que je peux rendre un paquet ouvert"),
        "Renvoyez-nous l'article sous quatorze jours ; les frais de port sont offerts.",
    ),
    "horaires": (
        "Quels sont vos horaires d'ouverture ?",
        ("vous êtes ouverts le dimanche ?", "à quelle heure ferme la boutique"),
        "La boutique est ouverte du mardi au samedi, de 9 h à 19 h.",
    ),
    "paiement": (
        "Quels moyens de paiement acceptez-vous ?",
        ("je peux payer par chèque ?", "vous prenez la carte bancaire"),
        "Carte bancaire, virement et PayPal.",
    ),
}
_ENGLISH = {
    "delai": (
        "How long does delivery take?",
        ("when will my order arrive", "where is my parcel"),
        "We deliver within 3 to 5 working days.",
    ),
    "retour": (
        "How do I return an item?",
        ("i want to send my order back", "can i give back an opened bag"),
        "Send it back within fourteen days.",
    ),
    "horaires": (
        "What are your opening hours?",
        ("are you open on sundays", "what time does the shop close"),
        "Tuesday to Saturday, 9 to 7.",
    ),
}


def entries(language: str) -> tuple[Entry, ...]:
    """The shop's entries in French or English; the English ones lack "paiement"."""
    source = {"fr": _FRENCH, "en": _ENGLISH}[language]
    return tuple(
        Entry(key, language, question, phrasings, answer, Source(f"{language}/faq.md", 1), "v1")
        for key, (question, phrasings, answer) in source.items()
    )


def library(*languages: str) -> Library:
    """The shop's FAQ in these languages."""
    return Library(tuple(entry for language in languages for entry in entries(language)), "hash")
