"""What followers asked, what the FAQ and managers answered, and what became of it."""
