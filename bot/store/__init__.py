"""What is kept, and how: units of work over a `Store`, which an engine provides.

Here is the engine and what every unit of work needs; the rooms have the names of those in the core.
"""
