"""The staff rooms: who of the team is which manager, what it says, and what it is told."""
