"""An FAQ made ready: its words and letters in vectors, and a head that is trained on them."""
