"""What prints the figures in the README."""
