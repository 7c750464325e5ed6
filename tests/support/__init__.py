"""What the tests stand on: the real engine, the real host of dynamic providers, a real domain and its KDC."""
