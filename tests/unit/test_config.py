"""bot.toml becomes settings, or one clear error."""

from pathlib import Path

import pytest

from bot import config, shipped
from bot.config import Settings
from bot.errors import ConfigError
from bot.models import Manner


def load(folder: Path, content: str) -> Settings:
    path = folder / "bot.toml"
    path.write_text(content, encoding="utf-8")
    return config.load(path)


def fault(folder: Path, content: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, content)
    return str(caught.value)


def test_the_shipped_file_is_read() -> None:
    settings = config.load(shipped.folder() / "bot.toml")

    assert settings.brand.languages == ("fr", "en")
    assert [one.account for one in settings.handlers if one.enabled] == ["webchat"]
    assert settings.faq_folder.is_dir()


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, "")

    assert settings == Settings(tmp_path)
    assert settings.matching.precision == 0.9
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)


def test_relative_paths_are_below_the_files_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    load(tmp_path / "shop", '[faq]\npath = "questions"\n')
    monkeypatch.chdir(tmp_path)
    settings = config.load(Path("shop/bot.toml"))

    assert settings.faq_folder == tmp_path / "shop" / "questions"
    assert settings.database == tmp_path / "shop" / "var" / "comptoir.db"
    assert settings.var == tmp_path / "shop" / "var"


def test_an_absolute_database(tmp_path: Path) -> None:
    settings = load(tmp_path, '[store]\nurl = "sqlite:////data/bot.db"\n')

    assert settings.database == Path("/data/bot.db")


def test_handlers_keep_their_own_keys(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[handlers.shop]\nenabled = false\ntoken_env = "T"\n[handlers.blog]\n'
    )

    shop, blog = settings.handlers
    assert (shop.account, shop.enabled, shop.options) == ("shop", False, {"token_env": "T"})
    assert (blog.enabled, blog.options) == (True, {})


def test_public_rooms_are_the_cores_and_not_the_handlers(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [handlers.shop]
        public = "escalate"
        token_env = "T"
        [handlers.shop.channels]
        "-100" = "silent"
        "-100/7" = "answer"
        [handlers.blog]
        """,
    )

    shop, blog = settings.handlers
    assert shop.options == {"token_env": "T"}
    manners = [shop.rooms.manner("-100"), shop.rooms.manner("7"), blog.rooms.manner("-100")]
    assert manners == [Manner.SILENT, Manner.ESCALATE, Manner.ANSWER]
    topics = [shop.rooms.manner(f"-100/{topic}") for topic in (5, 7)]
    assert topics == [Manner.SILENT, Manner.ANSWER]
    assert shop.rooms.manner("-1005/7") is Manner.ESCALATE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[brand", "not valid TOML"),
        ("[brnd]\n", "unknown section [brnd] (did you mean 'brand'?)"),
        ("brand = 1\n", "brand must be a section"),
        ("[web]\nprot = 1\n", "[web] has an unknown key 'prot' (did you mean 'port'?)"),
        ("[web]\nport = 70000\n", "[web] port must lie between 0 and 65535"),
        ('[web]\nport = "8080"\n', "[web] port must be a whole number"),
        ("[web]\nmessages_per_minute = 0\n", "[web] messages_per_minute must be"),
        ("[web]\ntext_length = -1\n", "[web] text_length must be"),
        ("[web]\nconversations_per_minute = 0\n", "[web] conversations_per_minute must be"),
        ('[brand]\nname = " "\n', "[brand] name must not be empty"),
        ('[brand]\nlanguages = ["french"]\n', "[brand] languages must be two-letter codes"),
        ("[brand]\nlanguages = []\n", "[brand] languages must be two-letter codes"),
        ('[brand]\nlanguages = ["fr", "fr"]\n', "twice"),
        ('[brand]\ntimezone = "Paris"\n', "timezone 'Paris' is unknown"),
        ('[brand]\ntimezone = "../etc"\n', "timezone '../etc' is unknown"),
        ('[brand]\ntimezone = ""\n', "timezone '' is unknown"),
        ("[matching]\nprecision = 1.0\n", "between 0.5 and 0.99"),
        ("[matching]\nprecision = nan\n", "between 0.5 and 0.99"),
        ('[matching]\nencoder_languages = ["en"]\n', "needs the key 'encoder'"),
        ('[matching]\nencoder = "a"\nencoder_languages = ["de"]\n', "'de' is none of"),
        ("[matching]\nencoder = true\n", "encoder must be a text"),
        ('[store]\nurl = "postgresql://x"\n', "url must begin with"),
        ('[store]\nurl = "sqlite:///"\n', "url must name a file"),
        ("[conversation]\nquiet_seconds = 9\n", "quiet_seconds <= longest_seconds"),
        ("[conversation]\nlongest_seconds = inf\n", "quiet_seconds <= longest_seconds"),
        ('[desk]\nnotify_webhook = "ftp://x"\n', "notify_webhook must begin with http"),
        ('[desk]\nnotify_email = "a@b.c"\n', "needs a [mail] section"),
        ('[mail]\nhost = "h"\n', "needs the key 'sender'"),
        ("[handlers]\nshop = true\n", "[handlers.shop]"),
        ('[handlers.shop]\npublic = "loud"\n', '[handlers.shop] public must be one of "answer"'),
        ("[handlers.shop]\nchannels = 1\n", "channels must be a section"),
        ("[handlers.shop.channels]\n7 = true\n", "[handlers.shop.channels] 7 must be one of"),
        ('[handlers.shop]\nenabled = "yes"\n', "[handlers.shop] enabled must be true or false"),
    ],
)
def test_what_to_mend(tmp_path: Path, content: str, said: str) -> None:
    message = fault(tmp_path, content)

    assert message.startswith(str(tmp_path / "bot.toml"))
    assert said in message
    assert "\n" not in message


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        "[brand]\nname = 5\nlanguages = 3\n[wbe]\n[web]\nprot = 1\n"
        "[handlers.a]\nenabled = 1\n[handlers.b]\npublic = 7\n"
    )
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    told = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in told)
    assert [line.removeprefix(f"{path}: ").split(" ")[:2] for line in told] == [
        ["[brand]", "name"],
        ["[brand]", "languages"],
        ["unknown", "section"],
        ["[web]", "has"],
        ["[handlers.a]", "enabled"],
        ["[handlers.b]", "public"],
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="comptoir init"):
        config.load(tmp_path / "bot.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_bytes(b'[brand]\nname = "\xe9"\n')
    with pytest.raises(ConfigError, match="not valid TOML"):
        config.load(tmp_path / "bot.toml")


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────


def secret(folder: Path, **values: object) -> str:
    return config.secret("token", values, folder, "[handlers.shop]")


def test_a_secret_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", " s3cret \n")

    assert secret(tmp_path, token_env="SHOP_TOKEN") == "s3cret"


def test_a_secret_from_a_file_beside_bot_toml(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")

    assert secret(tmp_path, token_file="token", token_env="UNSET") == "s3cret"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "needs token_env"),
        ({"token_env": "SURELY_NOT_SET"}, "SURELY_NOT_SET is not set"),
        ({"token_file": "missing"}, "missing cannot be read"),
        ({"token_file": "empty"}, "empty is empty"),
        ({"token_file": "."}, "cannot be read"),
    ],
)
def test_a_secret_that_cannot_be_had(tmp_path: Path, values: dict[str, str], said: str) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigError) as caught:
        secret(tmp_path, **values)

    assert said in str(caught.value)
    assert str(caught.value).startswith("[handlers.shop]")


def test_an_encoder_is_for_all_the_brands_languages_unless_some_are_named(tmp_path: Path) -> None:
    named = '[matching]\nencoder = "models/tiny"\n'
    assert load(tmp_path, named).encoder_languages == {"fr", "en"}
    assert load(tmp_path, f'{named}encoder_languages = ["en"]\n').encoder_languages == {"en"}


# ── the desk's order and times ───────────────────────────────────────────────────────────────────

RULES = """
[desk]
assign = "turn"
[desk.times]
alert_minutes = 5
[[desk.priority]]
name = "Fraud"
level = "urgent"
words = ["arnaque*"]
[[desk.priority]]
name = "Chat"
level = "low"
networks = ["webchat"]
[handlers.webchat]
"""


def test_the_desks_rules_and_times_are_read(tmp_path: Path) -> None:
    desk = load(tmp_path, RULES).desk
    assert (desk.assign, desk.times.alert_minutes, desk.times.close_hours) == ("turn", 5, 72)
    assert [(rule.name, rule.level) for rule in desk.priority] == [
        ("Fraud", "urgent"),
        ("Chat", "low"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[desk]\nassign = 'me'", 'assign must be "hand" or "turn"'),
        ("[desk]\ntimez = 1", "unknown key 'timez' (did you mean 'times'?)"),
        ("[desk]\ntimes = 1", "[desk.times]"),
        ("[desk.times]\nalert = 1", "[desk.times] has an unknown key 'alert' (did you mean 'ale"),
        ("[desk.times]\nclose_hours = -1", "[desk.times] close_hours must be 0 or more"),
        ("[desk.priority]\nname = 'x'", "[[desk.priority]]"),
        ("[[desk.priority]]\nname = 'x'\nlevle = 'low'", "'levle' (did you mean 'level'?)"),
        ("[[desk.priority]]\nname = 'x'\nlevel = 'top'", "level must be one of"),
        (
            (
                "[[desk.priority]]\nname = 'x'\nlevel = 'low'\nnetworks = ['webcat']\n"
                "[handlers.webchat]"
            ),
            "no [handlers.webcat] (did you mean 'webchat'?)",
        ),
    ],
)
def test_what_is_wrong_with_the_desks_rules_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in fault(tmp_path, text)
