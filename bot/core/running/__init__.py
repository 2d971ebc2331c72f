"""How the parts that work by themselves are kept going.

The supervisor starts a part again that fails, and lets it take no other down; following is how
a part waits for its work.
"""
