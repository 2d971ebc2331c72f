"""Personal details that somebody wrote where others read."""

import pytest

from bot.core.privacy.masking import is_masked, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("écrivez à ann.b+x@mail.example.org svp", "écrivez à [e-mail] svp"),
        ("(ann@mail.example)", "([e-mail])"),
        ("06 12 34 56 78", "[phone]"),
        ("mon numéro : 0612345678, merci", "mon numéro : [phone], merci"),
        ("+33 6 12 34 56 78 le soir", "[phone] le soir"),
        ("0033612345678", "[phone]"),
        ("+1 (415) 555-0132", "[phone]"),
        ("(415) 555-0132 or 415-555-0132", "[phone] or [phone]"),
        ("FR76 3000 6000 0112 3456 7890 189 merci bien", "[IBAN] merci bien"),
        ("iban GB82WEST12345698765432.", "iban [IBAN]."),
        ("4111 1111 1111 1111", "[card]"),
        ("carte 5555-5555-5555-4444 12/27", "carte [card] 12/27"),
        ("ann@mail.example ou 06.12.34.56.78", "[e-mail] ou [phone]"),
    ],
)
def test_details_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert is_masked(masked)


@pytest.mark.parametrize(
    "text",
    [
        "vous livrez ?",
        "commande 123456789",
        "commande n° 2026-11-23-0017",
        "4111 1111 1111 1112",  # a wrong check digit
        "FR76 3000 6000 0112 3456 7890 188",  # as well
        "le 23/11/2026 à 18:30, 250 g pour 12,50 €",
        "@ann@server.example bonjour",
        "@ann",
        "https://shop.example/a/b?c=12",
        "",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert mask(text) == text
    assert not is_masked(text)
