"""The queue: its items and what is done with them, read by pages, searched, and due in time."""
