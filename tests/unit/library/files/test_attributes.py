"""The braces at the end of a heading, and ids made from questions."""

from datetime import date

import pytest

from bot.library.files.attributes import AttributeFault, Attributes, slug, split_heading


@pytest.mark.parametrize(
    ("heading", "question", "attributes"),
    [
        ("Plain?", "Plain?", Attributes()),
        ("Q ? {#a.b_c-1é}", "Q ?", Attributes(id="a.b_c-1é")),
        ("Q{ #a  .human }", "Q", Attributes(id="a", human=True)),
        ('Q {tags="a, b a,c"}', "Q", Attributes(tags=("a", "b", "c"))),
        ("Q {tags='a b' #x}", "Q", Attributes(id="x", tags=("a", "b"))),
        ("Q {tags=a,b}", "Q", Attributes(tags=("a", "b"))),
        ('Q {review_by="2027-01-31"}', "Q", Attributes(review_by=date(2027, 1, 31))),
        ("Q {}", "Q", Attributes()),
        ("What is {x}? {#a}", "What is {x}?", Attributes(id="a")),
        (r"What is \{#a\}", r"What is \{#a\}", Attributes()),
    ],
)
def test_split_heading(heading: str, question: str, attributes: Attributes) -> None:
    assert split_heading(heading) == (question, attributes)


def test_a_decomposed_accent_makes_the_same_id() -> None:
    assert split_heading("Q {#de\u0301lai}")[1].id == "délai"


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Q {.humain}", "did you mean '.human'"),
        ("Q {human}", "did you mean '.human'"),
        ("Q {tag=a}", "did you mean 'tags='"),
        ("Q {reviewby=2027-01-31}", "did you mean 'review_by='"),
        ("Q {#a #b}", "two ids"),
        ("Q {#}", "id ''"),
        ("Q {#a/b}", "may hold only letters"),
        ("Q {tags=a tags=b}", "twice"),
        ("Q {review_by=2027-01-31 review_by=2027-01-31}", "twice"),
        ("Q {review_by=2027-02-30}", "no date"),
        ("Q {review_by=31/01/2027}", "no date"),
        ("Q {review_by=20270131}", "no date"),
        ("Q {tags=“a b”}", "cannot read"),
        ('Q {tags="a}', "cannot read"),
        ("Q {#a", "must be closed"),
        ("Q #a}", "must be closed"),
        ("Q {#a} ?", "must be closed"),
        ("Q {#a} {#b}", "must be closed"),
    ],
)
def test_what_cannot_be_read_is_said(heading: str, words: str) -> None:
    with pytest.raises(AttributeFault, match=words):
        split_heading(heading)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quels sont les délais de livraison ?", "quels-sont-les-delais-de-livraison"),
        ("L’œuf & la Straße_2", "l-oeuf-la-strasse-2"),
        ("配送需要多久？", "配送需要多久"),
        ("Й?", "и"),
        ("?!", ""),
    ],
)
def test_slug(question: str, expected: str) -> None:
    assert slug(question) == expected
