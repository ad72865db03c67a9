"""Mail as it looked: shown on an origin of its own, where nothing runs and nothing is fetched."""
