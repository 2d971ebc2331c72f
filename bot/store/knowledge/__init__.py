"""What people say about answers, and what was learnt from it."""
