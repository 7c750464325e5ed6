"""What the resources are: their inputs, states, canonical forms and plans. Pure: nothing here does I/O."""
