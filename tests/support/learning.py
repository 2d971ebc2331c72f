"""A shop whose followers speak otherwise than its FAQ, so that there is something to learn."""

ENTRIES = {
    "delai": ("Quels sont les délais de livraison ?", "Trois jours."),
    "frais": ("Combien coûte la livraison ?", "Cinq euros."),
    "retour": ("Comment renvoyer un article ?", "Par la poste."),
    "remboursement": ("Quand suis-je remboursé d'un article ?", "Sous dix jours."),
    "horaires": ("Quels sont les horaires de la boutique ?", "De 9 h à 19 h."),
    "adresse": ("Où est la boutique ?", "Rue du Canal."),
    "paiement": ("Comment payer ma commande ?", "Par carte."),
    "annuler": ("Comment annuler ma commande ?", "Écrivez-nous."),
}
FAQ = "\n".join(
    f"## {question} {{#{name}}}\n\n{answer}\n" for name, (question, answer) in ENTRIES.items()
)

_WAYS = {
    "delai": ("livraison", ("ça traîne", "ça tarde", "toujours rien", "bientôt", "c'est long")),
    "frais": ("livraison", ("c'est cher", "payante", "quel tarif", "gratuite", "à payer")),
    "retour": ("article", ("trop petit", "abîmé", "pas ma taille", "cassé", "à rendre")),
    "remboursement": ("article", ("mes sous", "mon argent", "l'avoir", "rendez l'argent")),
    "horaires": ("boutique", ("dimanche", "le soir", "ouvre tard", "samedi", "le matin")),
    "adresse": ("boutique", ("quel métro", "parking", "quel quartier", "un plan", "c'est loin")),
    "paiement": ("commande", ("carte bleue", "paypal", "chèque", "en 3 fois", "virement")),
    "annuler": ("commande", ("j'en veux plus", "j'arrête", "laissez tomber", "stop")),
}
_SHAPES = ("{noun} {way}", "{way} la {noun} ?", "{noun} : {way}", "{way}, la {noun} svp")


def questions() -> list[tuple[str, str]]:
    """Entry ids, and what followers write for them, in an order that mixes them."""
    asked = [
        (name, shape.format(noun=noun, way=way))
        for name, (noun, ways) in _WAYS.items()
        for way in ways
        for shape in _SHAPES
    ]
    return [asked[place * 37 % len(asked)] for place in range(len(asked))]
