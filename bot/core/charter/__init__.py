"""The company's rules for what is said in public, held against what a person is about to say."""
