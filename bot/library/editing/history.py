"""The FAQ's files under git: each save a commit of its own, by the person who saved.

The git program is run, so that the folder's own settings and hooks hold. What is saved is saved
whether git takes it or not.
"""

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 20
"""A hook may take its time; somebody waits for the page."""


def commit(path: Path, message: str, author: str) -> str:
    """Commit one file as it is now; returns what kept it from being done, empty where it is.

    Nothing else that is changed or staged goes with it.

    Args:
        path: the file, in a git working tree.
        message: what was done.
        author: a login name; has no e-mail address, which git asks for: one in `.invalid` is made.
    """
    path = path.resolve()
    name = "".join(one for one in author if one.isprintable() and one not in "<>").strip()
    address = "".join(one for one in name if one.isascii() and one.isalnum()).lower()
    who = f"{name or 'Comptoir'} <{address or 'comptoir'}@comptoir.invalid>"
    steps = (
        ("add", "--intent-to-add", "--", path.name),
        (
            *("-c", "commit.gpgSign=false", "commit", "--quiet", "--only"),
            *("--message", message, "--author", who, "--", path.name),
        ),
    )
    for step in steps:
        if problem := _git(path.parent, *step):
            return problem
    return ""


def hindrance(faq: Path) -> str:
    """What keeps saves from being commits, and what to do; empty where nothing is seen to.

    Args:
        faq: the FAQ folder, or the file that is the whole FAQ.
    """
    instead = "or set [faq] commit = false"
    if not shutil.which("git"):
        return f"git is not installed: install it, {instead}"
    folder = faq if faq.is_dir() else faq.parent
    problem = _git(folder, "rev-parse", "--show-toplevel")
    if "not a git repository" in problem:
        return f"{folder} is in no git working tree: run `git init` above it, {instead}"
    if problem:
        return f"git cannot be used in {folder} ({problem}): mend that, {instead}"
    if not _git(faq.parent, "check-ignore", "--quiet", "--", faq.name):
        return f"git ignores {faq}: take it out of .gitignore, {instead}"
    return ""


def _git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; returns what it complains about, empty where all is well."""
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "LANGUAGE": "en",
        "GIT_COMMITTER_NAME": "Comptoir",
        "GIT_COMMITTER_EMAIL": "comptoir@comptoir.invalid",
    }
    try:
        done = subprocess.run(  # noqa: S603  # no shell; names stand behind "--"
            ["git", *arguments],  # noqa: S607  # where the system has it
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"git: {done.returncode}")
