"""From likeness to a probability: the features of a candidate, and the models that weigh them."""
