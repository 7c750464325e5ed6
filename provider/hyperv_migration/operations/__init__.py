"""What is done to a target: check, diff, create, read, update and delete of each resource, on ports only."""
