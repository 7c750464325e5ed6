"""A WS-Management CIM client: envelopes, values and faults as pure functions, and a connection over pywinrm."""
