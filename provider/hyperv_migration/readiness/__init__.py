"""Whether two hosts are ready to move virtual machines to each other: read, and told on a terminal."""
