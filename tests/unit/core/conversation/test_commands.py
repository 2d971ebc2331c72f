"""Which messages are commands, and what networks are told of them."""

from pathlib import Path

import pytest

from bot import texts
from bot.core.conversation.commands import Called, Commands, Name, menu
from bot.texts import Languages


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return texts.read(tmp_path_factory.mktemp("faq"), ["fr", "en"], "La Marque")


@pytest.fixture(scope="module")
def commands(languages: Languages) -> Commands:
    return Commands(languages)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        *((f"/{name}", Called(name)) for name in Name),
        ("/HELP", Called(Name.HELP)),
        (" /help \n", Called(Name.HELP)),
        ("/human mon colis est cassé", Called(Name.HUMAN, "mon colis est cassé")),
        ("/human\nmon colis\nest cassé ", Called(Name.HUMAN, "mon colis\nest cassé")),
        ("/aide", Called(Name.HELP, "", "fr")),
        ("/débuter", Called(Name.HELP)),  # nobody knows it
        ("/début", Called(Name.START, "", "fr")),
        ("/mesdonnées", Called(Name.MYDATA, "", "fr")),
        ("/langue anglais", Called(Name.LANGUAGE, "anglais", "fr")),
        ("/oubli oui", Called(Name.FORGET, "oui", "fr")),
        ("/agent", Called(Name.HUMAN, "", "fr")),  # the default language's comes first
        ("/erase", Called(Name.FORGET, "", "en")),
        ("/start a-B_9", Called(Name.START, "a-B_9")),
        ("/xyz", Called(Name.HELP)),
    ],
)
def test_what_is_a_command(commands: Commands, text: str, called: Called) -> None:
    assert commands.read(text) == called


@pytest.mark.parametrize(
    "text", ["help", "un /human", "/", "/5", "/a/path", "/ help", "//help", "/a.b", ""]
)
def test_what_is_none(commands: Commands, text: str) -> None:
    assert commands.read(text) is None


@pytest.mark.parametrize(
    ("argument", "language"),
    [
        *(("fr", "fr"), ("EN", "en"), ("Français", "fr"), ("francais", "fr"), ("anglais", "en")),
        *(("English", "en"), ("french", "fr"), ("de", ""), ("", ""), ("allemand", "")),
    ],
)
def test_languages_by_code_and_by_name(commands: Commands, argument: str, language: str) -> None:
    assert commands.language(argument) == language


def test_languages_are_offered_by_their_own_names(commands: Commands) -> None:
    assert commands.choices == {"fr": "Français", "en": "English"}


@pytest.mark.parametrize(
    ("argument", "meant"), [("oui", True), ("Yes!", True), ("non", False), ("", False)]
)
def test_only_a_clear_yes_confirms(commands: Commands, argument: str, meant: bool) -> None:
    assert commands.confirms(argument) == meant


def test_the_menu_says_every_command_in_every_language(languages: Languages) -> None:
    entries = menu(languages)

    assert [entry.name for entry in entries] == list(Name)
    for entry in entries:
        assert list(entry.descriptions) == ["fr", "en"]
        assert all(0 < len(text) <= 100 for text in entry.descriptions.values())
    with_argument = {entry.name for entry in entries if entry.argument}
    assert with_argument == {"ask", "human", "language"}
    assert all(list(entry.argument) == ["fr", "en"] for entry in entries if entry.argument)


def test_the_overview_names_only_what_is_understood(
    languages: Languages, commands: Commands
) -> None:
    for one in languages.texts:
        named = [word for word in one.say("commands.overview").split() if word.startswith("/")]
        called = [commands.read(word.strip(":")) for word in named]
        assert [one.name for one in called if one] == [
            *(Name.HUMAN, Name.LANGUAGE, Name.MYDATA, Name.FORGET)
        ]


def test_names_and_words_can_be_changed_in_the_texts(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "fr.toml").write_text(
        '[commands]\nhuman_names = ["quelqu\'un", "/Aïda"]\nhuman = "Aïda vous répond"\n'
    )
    changed = texts.read(tmp_path, ["fr"], "B")

    assert Commands(changed).read("/aida") == Called(Name.HUMAN, "", "fr")
    assert Commands(changed).read("/humain") == Called(Name.HELP)
    assert menu(changed)[3].descriptions == {"fr": "Aïda vous répond"}
    assert menu(changed)[3].other_names == ["quelquun", "aida"]
