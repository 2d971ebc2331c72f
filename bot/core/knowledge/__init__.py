"""What the bot knows at this moment.

The FAQ as it stands, read anew when a file is saved, and what was learnt from what people say
about answers.
"""
