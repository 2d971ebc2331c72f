"""The admin's hand on the FAQ: entries changed, made of answers, tried out, and missed.

Nothing is written before it was shown; those who were given an answer that has changed are
told. What canned replies are filled in with is here too.
"""
