"""What is said with followers, as taken in and decided upon; crises and invitations."""
