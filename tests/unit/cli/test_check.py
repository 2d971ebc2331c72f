"""comptoir check."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.typed import comptoir, document


def places(faults: list[dict[str, object]]) -> list[str]:
    return [f"{fault['file']}:{fault['line']}" for fault in faults]


def test_the_demo_brand_has_neither_fault_nor_doubt(brand: Path) -> None:
    shown = comptoir("check", "--config", brand / "bot.toml")
    assert (shown.exit_code, shown.stdout) == (0, "faults: 0, doubts: 0\n")


def test_faults_of_faq_texts_and_configuration_are_all_listed(brand: Path) -> None:
    (brand / "faq" / "fr" / "neuf.md").write_text("## Vide ?\n", encoding="utf-8")
    texts = brand / "faq" / "texts" / "en.toml"
    texts.write_text('[conversation]\nhelpful = "{x}"\n', encoding="utf-8")
    config = brand / "bot.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("Mo-Fr 09:00-18:00", "whenever"),
        encoding="utf-8",
    )
    found = document("check", status=1)
    hours = next(
        number
        for number, line in enumerate(config.read_text(encoding="utf-8").splitlines(), start=1)
        if line.startswith("hours")
    )
    assert places(found["faults"]) == [
        f"bot.toml:{hours}",
        "faq/fr/neuf.md:1",
        "faq/texts/en.toml:2",
    ]
    assert "not filled in here" in found["faults"][2]["message"]
    shown = comptoir("check")
    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[-1].startswith("faults: 3, ")
    assert f"bot.toml:{hours}: [desk] hours 'whenever' cannot be read" in shown.stdout


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[web]\n\nport = "x"\n', 3, "[web] port must be a whole number"),
        ("[web]\nhost = 'h'\nprot = 1\n", 3, "did you mean 'port'"),
        ("[web]\n\n[wbe]\nport = 1\n", 3, "unknown section [wbe] (did you mean 'web'?)"),
        ("[web]\nport = \n", 2, "not valid TOML"),
        ("[desk]\nhours = ''\nholidays = 'XX'\n", 3, "[desk] holidays"),
        ("[handlers.nowhere]\n", 1, "there is no such network"),
        ("\n[handlers.webchat]\nallowed_origins = ['x']\n", 3, "allowed_origins: 'x' must be"),
    ],
)
def test_a_fault_of_the_configuration_names_its_line(
    brand: Path, text: str, line: int, words: str
) -> None:
    (brand / "bot.toml").write_text(text, encoding="utf-8")
    (fault,) = document("check", status=1)["faults"]
    assert places([fault]) == [f"bot.toml:{line}"]
    assert words in fault["message"]
    assert "bot.toml" not in fault["message"]


def test_a_secret_that_is_missing_is_a_fault(brand: Path) -> None:
    text = '[handlers.telegram]\ntoken_env = "NO_SUCH_VARIABLE"\n'
    (brand / "bot.toml").write_text(text, encoding="utf-8")
    (fault,) = document("check", status=1)["faults"]
    assert places([fault]) == ["bot.toml:2"]
    assert "NO_SUCH_VARIABLE is not set" in fault["message"]


def test_stale_and_untranslated_entries_are_doubts(brand: Path) -> None:
    file = brand / "faq" / "fr" / "neuf.md"
    file.write_text(
        "# Neuf\n\n## Vieux ? {#vieux review_by=2020-01-31}\n\nOui.\n", encoding="utf-8"
    )
    found = document("check")
    assert found["faults"] == []
    assert [(doubt["kind"], doubt["line"]) for doubt in found["doubts"]] == [
        ("untranslated", 3),
        ("stale", 3),
    ]
    shown = comptoir("check")
    assert shown.exit_code == 0
    assert "faq/fr/neuf.md:3: a doubt: vieux is not there in en: write it there" in shown.stdout
    assert "vieux was to be reviewed by 2020-01-31: read it again" in shown.stdout


def test_without_bot_toml_there_is_nothing_to_check(empty: Path) -> None:
    wrong = comptoir("check")
    assert wrong.exit_code == 2
    assert "there is no bot.toml" in wrong.stderr
    assert list(empty.iterdir()) == []


def test_faults_of_the_charter_and_the_canned_replies_are_listed(brand: Path) -> None:
    (brand / "faq" / "charter.md").write_text(
        "## Cash\n\n> [cash]\n\nWhy.\n\n## S {.human}\n\nWhy.\n", encoding="utf-8"
    )
    (brand / "faq" / "canned-replies.md").write_text("## A\n\n{nam}\n", encoding="utf-8")
    assert places(document("check", status=1)["faults"]) == [
        "faq/canned-replies.md:1",
        "faq/charter.md:3",
        "faq/charter.md:7",
    ]


def test_a_subject_without_its_entry_is_a_fault(brand: Path) -> None:
    (brand / "faq" / "charter.md").write_text(
        "## S {.human}\n\n> [entry: none]\n\nWhy.\n", encoding="utf-8"
    )
    (fault,) = document("check", status=1)["faults"]
    assert places([fault]) == ["faq/charter.md:1"]
    assert "no entry 'none'" in fault["message"]


def test_answers_that_break_the_charter_and_missing_files_are_doubts(brand: Path) -> None:
    (brand / "faq" / "charter.md").write_text(
        "## No working days {#days}\n\n> 3 à 5 jours\n\nWhy.\n", encoding="utf-8"
    )
    (brand / "faq" / "canned-replies.md").write_text("## A\n\na\n\n![](a.pdf)\n", encoding="utf-8")
    found = document("check")
    assert found["faults"] == []
    messages = [doubt["message"] for doubt in found["doubts"]]
    assert any("which charter.md:1 forbids (No working days)" in one for one in messages)
    assert messages[0].startswith("there is no file a.pdf")
    assert places(found["doubts"])[0] == "faq/canned-replies.md:1"


def test_a_rule_that_cannot_be_read_is_found_at_its_line(brand: Path) -> None:
    config = brand / "bot.toml"
    text = config.read_text(encoding="utf-8").replace('"avocat*"', '"avo*cat"')
    config.write_text(text, encoding="utf-8")
    (found,) = document("check", status=1)["faults"]
    assert "[[desk.priority]] 'Lawyer or fraud' words" in found["message"]
    assert text.splitlines()[found["line"] - 1].startswith("words =")


BROKEN = """# Broken

## Where is my parcel now? {#parcel-twice}

See [the terms](#terms) and ![a map](map.png).

## Dancing trains? {#trains}

> is there wifi?

{long}
"""


@pytest.fixture
def broken(brand: Path) -> Path:
    """A brand whose FAQ has a doubt of every kind that an entry can have."""
    text = BROKEN.replace("{long}", "Word after word it goes on. " * 200)
    (brand / "faq" / "en" / "broken.md").write_text(text, encoding="utf-8")
    return brand


@pytest.mark.usefixtures("broken")
def test_doubts_about_entries_stand_at_their_lines() -> None:
    doubts = document("check")["doubts"]
    assert {(one["kind"], Path(one["file"]).name, one["line"]) for one in doubts} == {
        ("untranslated", "broken.md", 3),
        ("confused", "broken.md", 3),
        ("dead-link", "broken.md", 5),
        ("missing-file", "broken.md", 5),
        ("untranslated", "broken.md", 7),
        ("same-wording", "shops.md", 73),
    }


@pytest.mark.usefixtures("broken")
def test_an_answer_too_long_for_an_enabled_network_is_a_doubt(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "MTIz.abcdef.ghijkl")
    network = '[handlers.discord]\ntoken_env = "TOKEN"\n'
    (broken / "bot.toml").write_text(network, encoding="utf-8")
    (long,) = [one for one in document("check")["doubts"] if one["kind"] == "too-long"]
    assert long["line"] == 7
    assert "3 on discord (at most 2000 characters in one)" in long["message"]


@pytest.mark.usefixtures("broken")
def test_doubts_count_where_it_is_strict() -> None:
    assert comptoir("check").exit_code == 0
    assert comptoir("check", "--strict").exit_code == 1


@pytest.mark.usefixtures("brand")
def test_strict_is_content_with_the_demo_brand() -> None:
    assert comptoir("check", "--strict").exit_code == 0


def test_annotations_are_those_of_github(broken: Path) -> None:
    (broken / "faq" / "fr" / "a,b.md").write_text("## Vide ?\n\n>\n", encoding="utf-8")
    shown = comptoir("check", "--format", "github")
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("::error file=faq/fr/a%2Cb.md,line=1,title=comptoir file::the entry")
    assert any(line.startswith("::warning file=faq/en/broken.md,line=5,") for line in lines)
    assert comptoir("check", "--format", "github", "--json").exit_code == 2


def test_one_faulty_file_hides_no_doubts_of_the_others(broken: Path) -> None:
    (broken / "faq" / "fr" / "neuf.md").write_text("## Vide ?\n", encoding="utf-8")
    found = document("check", status=1)
    kinds = {one["kind"] for one in found["doubts"]}
    assert kinds == {"confused", "missing-file", "same-wording"}, "nothing that may be missing"


def test_links_are_visited_where_that_is_asked(brand: Path) -> None:
    for file in (brand / "faq").rglob("*.md"):
        text = re.sub(r"\(https?://[^)]*\)", "(#retour)", file.read_text("utf-8"))
        file.write_text(text, encoding="utf-8")
    file = brand / "faq" / "en" / "delivery.md"
    file.write_text(file.read_text("utf-8") + "\nhttp://127.0.0.1:1/\n", encoding="utf-8")
    assert document("check")["doubts"] == []
    (dead,) = document("check", "--online")["doubts"]
    assert dead["kind"] == "dead-link"
    assert "127.0.0.1 is not on the public internet" in dead["message"]


def test_a_brand_language_without_words_of_the_bots_is_a_doubt(brand: Path) -> None:
    config = brand / "bot.toml"
    text = config.read_text("utf-8").replace('["fr", "en"]', '["fr", "en", "nl"]')
    config.write_text(text, encoding="utf-8")
    (brand / "faq" / "texts" / "nl.toml").write_text('[chat]\ntitle = "Hallo"\n', "utf-8")
    (words,) = [one for one in document("check")["doubts"] if "texts" in one["file"]]
    assert (words["kind"], words["line"]) == ("untranslated", 1)
    assert "texts in 'fr' to whoever speaks 'nl' (conversation.introduction," in words["message"]
    config.write_text(text.replace('["fr", "en", "nl"]', '["nl", "fr", "en"]'), encoding="utf-8")
    (words,) = [one for one in document("check")["doubts"] if "texts" in one["file"]]
    assert "texts in 'en' to whoever speaks 'nl' (conversation.introduction," in words["message"]


def test_findings_are_told_in_the_language_that_is_asked_for(brand: Path) -> None:
    file = brand / "faq" / "fr" / "neuf.md"
    file.write_text(
        "## Vieux ? {#vieux review_by=2020-01-31}\n\nOui.\n\n## Vide ?\n", encoding="utf-8"
    )
    shown = comptoir("check", "--language", "fr")
    assert shown.exit_code == 1
    missing, old, total = shown.stdout.splitlines()
    assert missing.startswith("faq/fr/neuf.md:5: fiche sans réponse : à écrire sous son titre")
    assert old == (
        "faq/fr/neuf.md:1: un doute : vieux devait être relue avant le 2020-01-31 : relisez-la, "
        "puis repoussez la date"
    )
    assert total == "fautes : 1, doutes : 1"
    (fault,) = document("check", "--language", "fr", status=1)["faults"]
    assert fault["message"].startswith("fiche sans réponse : ")
    assert "::error file=faq/fr/neuf.md,line=5,title=comptoir file::fiche sans réponse" in (
        comptoir("check", "--language", "fr", "--format", "github").stdout
    )
    assert "the entry has no answer" in comptoir("check", "--language", "de").stdout
    sentences = brand / "faq" / "texts" / "sentences" / "fr.toml"
    sentences.write_text("x", encoding="utf-8")
    assert "faq/texts/sentences/fr.toml:1: the file" in comptoir("check", "--language", "fr").stdout


def test_what_the_encoder_makes_is_kept_where_there_is_a_place_for_it(brand: Path) -> None:
    shutil.rmtree(brand / "var")
    assert comptoir("check").exit_code == 0
    assert not (brand / "var").exists()
    (brand / "var").mkdir()
    assert comptoir("check").exit_code == 0
    assert [path.name for path in (brand / "var").iterdir()] == ["encoded-check.npz"]


def committing(brand: Path) -> None:
    config = brand / "bot.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("commit = false", "commit = true"), encoding="utf-8")


def git_doubts() -> list[str]:
    return [one["message"] for one in document("check")["doubts"] if one["kind"] == "git"]


def test_saves_that_cannot_be_commits_are_a_doubt(
    brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing(brand)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(brand.parent))
    (message,) = git_doubts()
    assert message.startswith("[faq] commit: ")
    assert "is in no git working tree: run `git init` above it" in message
    (doubt,) = (one for one in document("check")["doubts"] if one["kind"] == "git")
    line = (brand / "bot.toml").read_text(encoding="utf-8").splitlines()[doubt["line"] - 1]
    assert line.startswith("commit = true")
    subprocess.run(["git", "init", "--quiet"], cwd=brand, check=True)
    assert git_doubts() == []
    (brand / ".gitignore").write_text("faq/\n", encoding="utf-8")
    assert "git ignores" in git_doubts()[0]
    monkeypatch.setenv("PATH", "")
    assert "git is not installed: install it" in git_doubts()[0]


def test_doctor_says_whether_saves_are_commits(
    brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing(brand)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(brand.parent))
    shown = comptoir("doctor")
    assert shown.exit_code == 1
    assert "is in no git working tree" in shown.stdout
    subprocess.run(["git", "init", "--quiet"], cwd=brand, check=True)
    assert f"each save in {brand / 'faq'} is a commit" in comptoir("doctor").stdout


def test_texts_that_nothing_says_are_doubts_and_the_bot_goes_on(brand: Path) -> None:
    texts = brand / "faq" / "texts" / "en.toml"
    texts.write_text('mine = "x"\n\n[conversation]\nhelpfull = "Yes"\n', encoding="utf-8")
    first, second = document("check")["doubts"]
    assert {first["kind"], second["kind"]} == {"unused"}
    assert places([first, second]) == ["faq/texts/en.toml:1", "faq/texts/en.toml:4"]
    assert "(did you mean 'conversation.helpful'?)" in second["message"]
    assert document("ask", "un humain svp")["smalltalk"] == "person"


def test_a_folder_without_an_faq_is_named_as_it_is(brand: Path) -> None:
    for file in (brand / "faq").rglob("*.md"):
        file.unlink()
    (fault,) = document("check", status=1)["faults"]
    assert places([fault]) == ["faq:1"]


def test_files_that_an_editor_saved_in_its_own_way_are_doubts(brand: Path) -> None:
    faq = brand / "faq"
    for name in ("fr/livraison.md.txt", "Notre FAQ.docx", "fr/cgv.txt", ".draft.txt", "logo.png"):
        (faq / name).write_text("## Vide ?\n", encoding="utf-8")
    canned = faq / "fr" / "canned-replies.md"
    with canned.open("a", encoding="utf-8") as file:
        file.write("\n## Nos conditions\n\nLes voici.\n\n![CGV](cgv.txt)\n")
    doubts = document("check")["doubts"]
    assert [(one["kind"], one["file"]) for one in doubts] == [
        ("unread", "faq/Notre FAQ.docx"),
        ("unread", "faq/fr/livraison.md.txt"),
    ]
