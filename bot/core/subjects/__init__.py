"""What questions are about, and which of them ask the same thing.

The FAQ's own subjects, the words that tell, questions grouped as they come and go, and subjects
that are asked far more than usual.
"""
