"""A mail server inside the test's process, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from bot.config import Mail
from bot.core.delivery.mail import Post, by_smtp


class MailServer:
    """The least of SMTP; keeps the messages it is given, or refuses their recipient."""

    def __init__(self) -> None:
        self.port = 0
        self.refusal = ""
        """What a recipient is refused with, such as "550 nobody here"; empty takes everybody."""
        self.logins: list[str] = []
        self.messages: list[EmailMessage] = []

    def post(self, user: str = "") -> Post:
        """What sends letters by this server."""
        mail = Mail("127.0.0.1", self.port, starttls=False, user=user, sender="bot@example.com")
        return by_smtp(mail, "secret")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while command := (await reader.readline()).decode().strip():
            if command.upper() == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            writer.write(await self._answer(command, reader, writer))
        writer.close()

    async def _answer(
        self, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        verb = command.partition(" ")[0].upper()
        if verb == "EHLO":
            return b"250-hello\r\n250 AUTH PLAIN\r\n"
        if verb == "AUTH":
            self.logins.append(command)
            return b"235 welcome\r\n"
        if verb == "RCPT" and self.refusal:
            return f"{self.refusal}\r\n".encode()
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            data = await reader.readuntil(b"\r\n.\r\n")
            message = message_from_bytes(data[:-3], policy=policy.default)
            self.messages.append(message)
        return b"250 fine\r\n"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """A server that takes everything, until the block ends."""
    fake = MailServer()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    async with server:
        fake.port = server.sockets[0].getsockname()[1]
        yield fake
