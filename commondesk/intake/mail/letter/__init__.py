"""The letter itself: what its writer said, apart from quotes and signatures."""
