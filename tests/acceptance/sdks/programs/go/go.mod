// Built in a workspace with the SDK and the engine's module only; see tests/support/sdks.py.
module types

go 1.25.11
