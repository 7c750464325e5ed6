"""The Hyper-V host port on WS-Man: the only room that knows the names of WMI classes."""
