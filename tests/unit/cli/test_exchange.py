"""`comptoir import` and `comptoir export`, as typed."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bot.library.reading import read_library
from tests.unit.cli.typed import DEMO, comptoir, document, process
from tests.unit.exchange.sources import MICROSOFT

LANGUAGES = ("fr", "en")
NEW = "question,answer,language\nDo you gift wrap?,Yes.,en\n"


def entries(faq: Path) -> list[object]:
    return [
        (one.id, one.language, one.question, one.answer, one.phrasings, one.tags, one.category)
        for one in read_library(faq, LANGUAGES).entries
    ]


@pytest.mark.parametrize("name", ["csv", "tsv", "yaml", "json", "markdown"])
def test_a_whole_faq_goes_out_and_comes_into_an_empty_one(brand: Path, name: str) -> None:
    out = brand.parent / ("out" if name == "markdown" else f"out.{name}")
    comptoir("export", "--format", name, "--out", out)
    before = entries(brand / "faq")
    for file in (brand / "faq").glob("*/*.md"):
        file.unlink()
    assert len(document("import", out, "--yes")["removed"]) == len(before)  # deleted here
    told = document("import", out, "--yes", "--fresh")
    assert (told["written"], len(told["new"]), told["refused"]) == (True, len(before), [])
    assert entries(brand / "faq") == before
    assert document("import", out)["files"] == []


def test_jsonld_comes_back_as_the_same_answers(brand: Path) -> None:
    told = document("export", "--format", "jsonld", "--out", brand.parent / "faq.jsonld")
    assert "phrasings" in told["loses"]
    shown = document("import", brand.parent / "faq.jsonld")
    assert (shown["files"], len(shown["unchanged"])) == ([], told["entries"])


def test_nothing_is_written_without_a_terminal_and_without_yes(brand: Path) -> None:
    (brand / "new.csv").write_text(NEW)
    before = {path: path.read_bytes() for path in brand.rglob("*.*")}
    shown = process("import", "new.csv", folder=brand)
    assert shown.returncode == 0
    assert "+## Do you gift wrap? {#do-you-gift-wrap}" in shown.stdout.decode()
    assert "Nothing is written. To write en/new.md, say --yes." in shown.stdout.decode()
    assert {path: path.read_bytes() for path in brand.rglob("*.*")} == before
    written = comptoir("import", "new.csv", "--yes").stdout
    assert written.endswith("1 new\nWritten: en/new.md\n")
    assert comptoir("import", "new.csv").stdout == "1 as they are\nNothing to change.\n"


@pytest.mark.parametrize(("typed", "written"), [(b"n\n", False), (b"y\n", True)])
def test_at_a_terminal_it_asks(brand: Path, typed: bytes, written: bool) -> None:
    (brand / "new.csv").write_text(NEW)
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    command = [sys.executable, "-m", "bot", "import", "new.csv"]
    environment = {**os.environ, "PYTHONPATH": str(DEMO.parent)}
    with subprocess.Popen(
        command, cwd=brand, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as running:
        assert running.wait(60) == 0
    os.close(theirs)
    assert (brand / "faq" / "en" / "new.md").exists() is written
    os.close(ours)


def test_a_second_import_keeps_what_was_edited_here(brand: Path) -> None:
    table = brand / "new.csv"
    table.write_text(NEW)
    comptoir("import", table, "--yes")
    file = brand / "faq" / "en" / "new.md"
    file.write_text(file.read_text().replace("Yes.", "Yes, gladly.") + "\n<!-- mine -->\n")
    assert document("import", table)["kept"] == ["do-you-gift-wrap"]
    table.write_text(NEW.replace("Yes.", "No."))
    assert document("import", table, "--yes")["clashes"]
    assert "Yes, gladly." in file.read_text()
    fresh = document("import", table, "--yes", "--fresh")
    assert fresh["changed"] == ["do-you-gift-wrap"]
    assert file.read_text() == "## Do you gift wrap? {#do-you-gift-wrap}\n\nNo.\n\n<!-- mine -->\n"


def test_a_table_that_was_given_away_comes_back_into_an_faq_that_went_on(brand: Path) -> None:
    comptoir("export", "--format", "json", "--out", "../away.json")
    away = json.loads((brand.parent / "away.json").read_text())
    (entry,) = (one for one in away["entries"] if (one["id"], one["language"]) == ("facture", "fr"))
    entry["answer"] = "Demandez-la."
    entry["phrasings"] = entry["phrasings"][1:]
    (brand.parent / "away.json").write_text(json.dumps(away))
    file = brand / "faq" / "fr" / "paiement-retours.md"
    file.write_text(file.read_text().replace("> ou est ce", "> learnt meanwhile\n> ou est ce"))
    told = document("import", "../away.json", "--yes")
    assert (told["changed"], told["kept"]) == (["facture"], ["code-promo"])
    read = read_library(brand / "faq", LANGUAGES).find("facture", "fr")
    assert read
    assert (read.answer, len(read.phrasings)) == ("Demandez-la.", 3)


def test_languages_are_told(brand: Path) -> None:
    (brand / "kb.tsv").write_text(MICROSOFT)
    told = document("import", "kb.tsv")
    assert "no language is named: taken for 'fr' (--language says another)" in told["notes"]
    assert [one["file"] for one in told["files"]] == ["fr/kb.md"]
    told = document("import", "kb.tsv", "--language", "en")
    assert [one["file"] for one in told["files"]] == ["en/kb.md"]
    refused = comptoir("import", "kb.tsv", "--language", "de")
    assert "none of the brand's languages: fr, en" in refused.stderr


def test_what_cannot_be_done_is_told_in_one_line(brand: Path) -> None:
    for words, said in (
        (("import", "none.csv"), "there is no file or folder none.csv"),
        (("import", "http://127.0.0.1:9/"), "unless you say --private"),
        (("import", "ftp://x.example/"), "is no address such as https://"),
        (("export",), "say one of --site DIR and --format markdown|csv"),
        (("export", "--format", "cvs"), "did you mean 'csv'?"),
        (("export", "--format", "csv", "--out", "faq/x.csv"), "in the FAQ folder"),
        (("export", "--format", "markdown"), "in one language: say --out FOLDER"),
        (("export", "--format", "csv", "--language", "de"), "there is no such entry"),
    ):
        refused = comptoir(*words)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    (brand / "faq" / "fr" / "bad.md").write_text("no heading")
    (brand / "new.csv").write_text(NEW)
    assert "faq/fr/bad.md:1: this text belongs to no entry" in comptoir("import", "new.csv").stderr


def test_standard_output_has_only_the_file(brand: Path) -> None:
    shown = process("export", "--format", "csv", "--language", "fr", folder=brand)
    assert shown.stdout.startswith(b"id,language,")
    assert shown.stderr == b"Lost on the way: comments are left out\n"
    one_language = comptoir("export", "--format", "markdown", "--language", "fr")
    assert one_language.stdout.startswith("---\nlanguage: fr\n---\n")


def test_the_site_is_made_again_beside_what_is_there(brand: Path) -> None:
    public = brand / "public"
    public.mkdir()
    (public / "CNAME").write_text("faq.example")
    told = document("export", "--site", public, "--without", "assistant")
    assert told["files"] == ["en/index.html", "index.html", "search.js", "site.css", "tokens.css"]
    page = (public / "index.html").read_text()
    assert 'id="facture"' in page
    assert 'id="robot"' not in page
    assert 'id="plainte"' not in page
    assert (public / "CNAME").read_text() == "faq.example"
    comptoir("export", "--site", public)
    assert 'id="robot"' in (public / "index.html").read_text()
    back = document("import", public / "en" / "index.html")
    assert (back["files"], back["refused"], back["notes"]) == ([], [], ["read from its JSON-LD"])


def test_what_a_source_says_cannot_command_the_terminal(brand: Path) -> None:
    (brand / "new.csv").write_text(NEW.replace("Yes.", "Yes\x1b[2J."))
    assert "\x1b" not in comptoir("import", "new.csv").stdout
