"""Words: folded, mended, stemmed, told apart by language, and what turns their sense round."""
