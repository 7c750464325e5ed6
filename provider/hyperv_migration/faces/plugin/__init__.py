"""The plugin face: the same resources over Pulumi's provider protocol, for every language."""
