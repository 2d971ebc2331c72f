"""The charter's rules: wordings as a person writes them down, and kinds of things in a text."""
