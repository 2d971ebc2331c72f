"""What a community manager can do, and what helps them to, wherever it is asked for.

Actions on the queue and its replies, who is present, the watch over what is due, suggestions,
one reply to many; and all of it as documents for programs.
"""
