"""The bot's own words: layered, live, and every fault with its line."""

import json
import tomllib
from pathlib import Path

import pytest

from bot import shipped, texts
from bot.errors import LibraryError
from bot.models import Fault, Source
from bot.sentence import Sentence
from bot.texts import Languages

TEAM = {"notice", "room", "desk"}
"""Sections that the brand's team reads, and no follower."""


def read(folder: Path, languages: tuple[str, ...] = ("fr", "en"), **files: str) -> Languages:
    (folder / "texts").mkdir(exist_ok=True)
    for language, content in files.items():
        (folder / "texts" / f"{language}.toml").write_text(content, encoding="utf-8")
    return texts.read(folder, languages, "La Marque")


def fault(folder: Path, content: str) -> str:
    with pytest.raises(LibraryError) as caught:
        read(folder, fr=content)
    return str(caught.value)


# ── layers ───────────────────────────────────────────────────────────────────────────────────────


def test_without_files_the_shipped_ones_apply(tmp_path: Path) -> None:
    found = texts.read(tmp_path, ["fr", "en"], "La Marque")

    assert found["fr"].say("conversation.helpful") == "Utile"
    assert found["en"].say("conversation.helpful") == "Helpful"
    assert "La Marque" in found["fr"].say("conversation.introduction")


def test_an_admins_text_replaces_the_shipped_one_and_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, fr='[conversation]\nhelpful = "Au poil"\n')

    assert found["fr"].say("conversation.helpful") == "Au poil"
    assert found["fr"].say("conversation.not_helpful") == "Pas utile"
    assert found["en"].say("conversation.helpful") == "Helpful"


def test_a_language_is_added_by_a_file_and_lacks_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ("fr", "it"),
        fr='[conversation]\nhelpful = "Au poil"\n',
        it='[conversation]\nthanks = "Prego!"\n',
    )

    assert found["it"].say("conversation.thanks") == "Prego!"
    assert found["it"].say("conversation.helpful") == "Au poil"  # the default language's


def test_a_language_that_is_not_the_brands_gets_the_default(tmp_path: Path) -> None:
    found = texts.read(tmp_path, ["en", "fr"], "B")

    assert found["pt"] is found["en"]
    assert found[""].language == "en"


def test_the_faq_may_be_one_file(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_text("## Q\n\nA\n")

    assert texts.read(path, ["fr"], "B")["fr"].say("conversation.helpful") == "Utile"
    assert texts.files(path) == []


def test_the_shipped_languages_have_the_same_keys_and_fields() -> None:
    folder = shipped.folder() / "faq" / "texts"
    french, english = (texts._file(folder, f"{language}.toml") for language in ("fr", "en"))

    assert french.keys() == english.keys()
    for key, value in french.items():
        other = english[key]
        if isinstance(value, str) and isinstance(other, str):
            assert texts._fields(value) == texts._fields(other), key


@pytest.mark.parametrize("language", ["de", "es"])
def test_what_followers_read_and_write_is_shipped_in_further_languages(language: str) -> None:
    folder = shipped.folder() / "faq" / "texts"
    english, other = (texts._file(folder, f"{one}.toml") for one in ("en", language))

    assert {key.partition(".")[0] for key in english.keys() - other.keys()} == TEAM
    assert [texts._fault(key, value, english) for key, value in other.items()] == [None] * len(
        other
    )
    for key, value in other.items():
        if isinstance(value, str):
            assert texts._fields(value) == texts._fields(str(english[key])), key


def test_a_german_brand_speaks_german_to_followers_and_what_the_team_reads_it_may_add(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, ("de",), de='[room]\nlobby = "Hinweise"\n')["de"]

    assert found.say("conversation.thanks") == "Gern geschehen!"
    assert (found.say("room.lobby"), found.say("room.nobody")) == ("Hinweise", "somebody")


def test_french_has_one_word_for_an_entry() -> None:
    folder = shipped.folder() / "faq" / "texts"
    for file in (folder / "fr.toml", folder / "sentences" / "fr.toml"):
        said = file.read_text(encoding="utf-8").replace("Ctrl+Entrée", "")
        lines = [line for line in said.split("\n") if not line.startswith("key_enter_name")]
        assert [line for line in lines if "entrée" in line.lower()] == []


def test_every_shipped_text_can_be_said(tmp_path: Path) -> None:
    for one in texts.read(tmp_path, ["fr", "en", "de", "es"], "B").texts:
        for key, text in one._table.items():
            if isinstance(text, str):
                values = dict.fromkeys(texts._fields(text) - {"brand"}, 1)
                assert "{" not in one.say(key, **values)


def test_a_section_for_the_pages(tmp_path: Path) -> None:
    section = texts.read(tmp_path, ["fr"], "B")["fr"].section("chat")

    assert section["send"] == "Envoyer"
    assert "helpful" not in section


# ── faults ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ('[conversation]\nthanks = ["x"]\n', 2, "must be a text"),
        ('[understands]\nthanks = "x"\n', 2, "must be a list"),
        # the same name in an earlier section
        ('[conversation]\nthanks = "x"\n[understands]\nthanks = 3\n', 4, "a list of texts"),
        ('[understands]\nthanks = ["x", 3]\n', 2, "a list of texts"),
        ("[conversation]\nthanks = true\n", 2, "must be a text"),
        ('[handover]\nplace = "{plaze}"\n', 2, "{plaze}"),
        ('[handover]\nplace = "{}"\n', 2, "{}"),
        ('[handover]\nplace = "{place.__class__}"\n', 2, "{place.__class__}"),
        ('[handover]\nplace = "{place:zz}"\n', 2, "{place:zz}"),
        ('[handover]\nplace = "{place!q}"\n', 2, "{place!q}"),
        ('[handover]\nplace = "50 % {"\n', 2, "{{"),
        ('[conversation]\nhelpful = "{place}"\n', 2, "not filled in here"),
        ('[format]\ntime = "QQQQQQQ"\n', 2, "no date pattern"),
        ('[format]\ntime = ""\n', 2, "no date pattern"),
        ('[conversation]\nthanks = "x\n', 2, "line 2"),
    ],
)
def test_every_fault_names_its_line(tmp_path: Path, content: str, line: int, said: str) -> None:
    message = fault(tmp_path, content)

    assert message.startswith(f"texts/fr.toml:{line}: ")
    assert said in message


def test_what_an_earlier_version_said_keeps_nothing_back(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    file = tmp_path / "texts" / "fr.toml"
    file.write_text('[desk]\ngone = "{what}"\n[chat]\nsend = "Hop"\n', encoding="utf-8")

    assert texts.read(tmp_path, ["fr"], "B")["fr"].section("chat")["send"] == "Hop"
    (found,) = texts.unused(tmp_path, ["fr"])
    assert str(found.source) == "texts/fr.toml:2"


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    message = fault(tmp_path, '[conversation]\nhelpful = "{x}"\nperson = "{y}"\n')

    assert message.count("texts/fr.toml:") == 2


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "fr.toml").write_bytes(b'[conversation]\nthanks = "\xe9"\n')
    with pytest.raises(LibraryError, match=r"texts/fr\.toml:1"):
        texts.read(tmp_path, ["fr"], "B")


def test_plain_braces_can_be_written(tmp_path: Path) -> None:
    found = read(tmp_path, fr='[conversation]\nthanks = "{{brand}} {brand}"\n')

    assert found["fr"].say("conversation.thanks") == "{brand} La Marque"


def test_every_text_can_be_replaced(tmp_path: Path) -> None:
    own = tmp_path / "own" / "texts"
    own.mkdir(parents=True)
    shipped_file = shipped.folder() / "faq" / "texts" / "en.toml"
    tables = tomllib.loads(shipped_file.read_text(encoding="utf-8"))
    lines = []
    for section, values in tables.items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            changed = ["mine"] if isinstance(value, list) else f"'mine' {value}"
            lines.append(f"{key} = {json.dumps(changed, ensure_ascii=False)}")
    (own / "en.toml").write_text("\n".join(lines), encoding="utf-8")
    before, after = (texts.read(one, ["en"], "B")["en"] for one in (tmp_path, own.parent))
    for section, values in tables.items():
        for key, value in values.items():
            name = f"{section}.{key}"
            if isinstance(value, list):
                assert after.phrases(name) == ("mine",)
            elif "{" not in value.replace("{brand}", ""):
                assert after.say(name) == f"'mine' {before.say(name)}"


def test_what_languages_lack_is_known_of_the_default_too(tmp_path: Path) -> None:
    read(tmp_path, ("fr", "en", "it"), it='[conversation]\nthanks = "Prego!"\n')
    found = texts.untranslated(tmp_path, ("fr", "en", "it"))
    assert list(found) == ["it"]
    assert "conversation.thanks" not in found["it"]
    assert "conversation.greeting" in found["it"]
    assert texts.untranslated(tmp_path, ("it", "fr")) == found
    assert texts.untranslated(tmp_path, ("fr", "en")) == {}


# ── sentences that are made in English ───────────────────────────────────────────────────────────


def sentences(folder: Path, content: str, language: str = "fr") -> None:
    path = folder / "texts" / "sentences" / f"{language}.toml"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")


def test_a_sentence_is_told_in_the_language_of_the_texts(tmp_path: Path) -> None:
    made = Sentence(
        "the id {entry!r} is already that of {earlier}: choose another", entry="a", earlier="f.md:1"
    )
    found = read(tmp_path, ("fr", "en", "es"))
    assert "'a' est déjà celui de f.md:1" in found["fr"].tell(made)
    assert found["en"].tell(made) == found["es"].tell(made) == made
    faults = [Fault(Source("f.md", 3), Sentence("the entry has no answer"))]
    assert found["fr"].tell_faults(faults) == "f.md:3: la fiche n'a pas de réponse"


def test_a_brand_says_sentences_its_own_way(tmp_path: Path) -> None:
    sentences(
        tmp_path,
        '"the entry has no answer" = "falta la respuesta"\n'
        '"{text!r} is no date: write year-month-day, like review_by=2027-01-31" = "¿{text}?"\n'
        '"what Comptoir said once" = "algo"\n',
        "es",
    )
    found = read(tmp_path, ("fr", "es"))
    assert found["es"].tell(Sentence("the entry has no answer")) == "falta la respuesta"
    assert found["fr"].tell(Sentence("the entry has no answer")) == "la fiche n'a pas de réponse"
    assert [path.name for path in texts.files(tmp_path)] == ["es.toml"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('"the entry has no answer" = "{answer}"', "uses {answer}, which is not filled in"),
        ('"the entry has no answer" = "{"', "plain braces"),
        ('"the entry has no answer" = ["a"]', "must be a text"),
        ("x = 1", "must be a text"),
        ("x", "Expected '='"),
    ],
)
def test_a_sentence_that_cannot_be_told_is_a_fault(
    tmp_path: Path, content: str, words: str
) -> None:
    sentences(tmp_path, content)
    with pytest.raises(LibraryError) as caught:
        read(tmp_path)
    assert str(caught.value).startswith("texts/sentences/fr.toml:1: ")
    assert words in str(caught.value)
