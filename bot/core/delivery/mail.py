"""Sends e-mails over SMTP, for whatever is told outside of the pages."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from bot.config import Mail

_TIMEOUT = 20.0
"""Seconds that the mail server may take for each step."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail."""

    recipient: str
    subject: str
    body: str
    at: datetime
    key: str = ""
    """The same for the same letter, so that a repeat is shown once; letters and digits."""


Post = Callable[[Letter], None]
"""Sends a letter, in a thread of its own; raises OSError where it cannot."""


def by_smtp(mail: Mail, password: str) -> Post:
    """What sends letters by the server of the settings."""

    def post(letter: Letter) -> None:
        # smtplib's own errors are OSErrors.
        with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT) as server:
            if mail.starttls:
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, password)
            server.send_message(_message(letter, mail.sender))

    return post


def is_final(error: OSError) -> bool:
    """Whether an error says that the recipient will never be taken."""
    refused = error.recipients if isinstance(error, smtplib.SMTPRecipientsRefused) else {}
    return bool(refused) and all(code >= 500 for code, _ in refused.values())


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    if letter.key:
        message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2].rstrip('> ')}>"
    # RFC 3834: no out-of-office notice is sent back to us.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
