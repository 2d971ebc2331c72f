"""What is kept, and how: units of work over a `Store`, which an engine provides."""
