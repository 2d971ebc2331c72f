"""What all tests share: nothing that was skipped for want of a browser stays unsaid.

Six thousand tests and what they import are left alone by Python's garbage collector.
"""

from collections.abc import Generator

import pytest

from bot.process import settle

NO_BROWSER = "no browser"


def pytest_collection_finish() -> None:
    """What has been collected stays until the end: to go through it each time takes a seventh."""
    settle()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: its words come after all others
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Say loudly, at the very end, how many tests did not run because no browser was found."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if NO_BROWSER in str(report.longrepr)]
    if missing:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{len(missing)} browser tests did not run: there is no Chromium on this machine. "
            "Install it (apt-get install chromium) and run `make test` again.",
            red=True,
            bold=True,
        )
