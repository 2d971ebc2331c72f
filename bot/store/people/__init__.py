"""Followers as persons: who they are, who is one with whom, and what managers know of them."""
