"""What Comptoir does: takes messages in, decides, sends, and serves the desk."""
