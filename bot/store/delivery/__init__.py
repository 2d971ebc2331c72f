"""What is to be said: from the outbox (T2, T3) to how an attempt ended (T4), and changes of it."""
