"""What managers know of the people they serve, and of how many, against how many one can."""
