"""What Pulumi's engine talks to: thin adapters on the operations."""
