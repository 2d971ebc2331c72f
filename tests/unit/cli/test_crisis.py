"""comptoir crisis."""

import pytest

from tests.unit.cli.typed import comptoir, document


@pytest.mark.usefixtures("brand")
def test_it_is_turned_on_shown_and_turned_off() -> None:
    assert comptoir("crisis", "show").stdout == "nothing is paused\n"
    made = document("crisis", "on", "--say", "fr", "Un instant.", "--as", "lea")
    assert (made["subject"], made["begun_by"]) == ("all", "lea")
    assert made["statement"]["fr"] == "Un instant."
    assert comptoir("crisis", "on", "entry:delai-livraison", "--as", "max").exit_code == 0
    shown = comptoir("crisis", "show").stdout
    assert "1  all  " in shown
    assert "    fr: Un instant." in shown
    assert "2  entry:delai-livraison  " in shown
    assert comptoir("crisis", "off", 2, "--as", "lea").stdout == "2: is over\n"
    assert document("crisis", "off", "--as", "lea") == {"lifted": [1]}
    assert document("crisis", "show") == {"active": []}


@pytest.mark.usefixtures("brand")
def test_what_cannot_be_done_is_said() -> None:
    comptoir("crisis", "on", "--as", "lea")
    for words, said in (
        (("on",), "lea has paused all already"),
        (("on", "entry:delai-livraisn"), "did you mean 'entry:delai-livraison'?"),
        (("on", "--say", "xx", "?"), "'xx' is no language of the brand"),
        (("off", 9), "there is no crisis 9"),
    ):
        wrong = comptoir("crisis", *words, "--as", "max")
        assert (wrong.exit_code, said in wrong.stderr) == (2, True), wrong.stderr
    comptoir("crisis", "off", "--as", "lea")
    assert "nothing is paused" in comptoir("crisis", "off", "--as", "lea").stderr
