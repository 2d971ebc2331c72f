"""What a person may expect of us with what they wrote and sent.

Personal details are masked in public; what is kept about them is given to them, or erased, when
they ask; files that belong to nothing any more are swept away.
"""
