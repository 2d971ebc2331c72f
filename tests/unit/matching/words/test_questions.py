"""What one message asks: cut between its questions, and nowhere else."""

import pytest

from bot.matching.words.questions import questions


def asked(text: str) -> list[str]:
    return [span.of(text) for span in questions(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "how long does delivery take and how much is it?",
            ["how long does delivery take", "how much is it?"],
        ),
        ("Can I pay by PayPal? Do you ship to Spain?", 2),
        ("delivery to Spain?\npaypal?", ["delivery to Spain?", "paypal?"]),
        ("i want to cancel my order and do you ship to spain", 2),
        ("vous livrez en Suisse et vous prenez PayPal ?", 2),
        ("Vous livrez en combien de temps et à quel prix ?", 2),
        ("Le café est-il bio et quand est-il torréfié ?", 2),
        ("Livraison en Suisse ?Paypal ?", ["Livraison en Suisse ?", "Paypal ?"]),
        ("Où est mon colis ? Et aussi, comment résilier ?", 2),
        ("je peux payer en plusieurs fois ? et c'est quoi les horaires", 2),
        ("c'est quoi vos horaires et c’est combien la livraison", 2),
        ("Vous livrez où et qu’est-ce que ça coûte ?", 2),
        ("Liefert ihr nach Belgien und kann ich mit PayPal zahlen?", 2),
        ("¿Cuánto tarda el envío y cuánto cuesta?", 2),
        ("¿Hacéis envíos a Portugal? ¿Y puedo pagar con PayPal?", 2),
        ("What is it? Where is it? How much is it?", 3),
    ],
)
def test_several_questions_are_told_apart(text: str, parts: list[str] | int) -> None:
    found = asked(text)
    assert (len(found) if isinstance(parts, int) else found) == parts


@pytest.mark.parametrize(
    "text",
    [
        "what are the terms and conditions",
        "what and when is the next holiday",
        "how or where to place my order",
        "can you find the date and tell me what it is",
        "I moved last week and my parcel went to the old address. What can I do?",
        "J'ai commandé hier. Ma commande arrive quand ? Merci beaucoup !",
        "Je veux annuler mon rendez-vous et mon abonnement",
        "Do you deliver in Vidisha (M.P.) 7021645199",
        "a parcel of 2.5 kg, how much?",
        "Ich habe bestellt und warte. Wann kommt das Paket?",
        "",
        " \n ",
        "???",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert asked(text) == [text]


def test_statements_belong_to_the_question_that_follows_or_the_last_one() -> None:
    text = "Can I return it? I live in Spain. How long does it take? Thank you!"
    assert asked(text) == [
        "Can I return it?",
        "I live in Spain. How long does it take? Thank you!",
    ]
