"""What leaves the bot: each account's outbox at its own pace, and notices by e-mail or webhook."""
