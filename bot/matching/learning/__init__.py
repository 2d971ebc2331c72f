"""From what people say about answers to what the matcher is taught, where that proves itself."""
