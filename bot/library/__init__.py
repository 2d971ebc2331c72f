"""The FAQ files: reading them into a `Library`, with every fault named, and reloading them."""
