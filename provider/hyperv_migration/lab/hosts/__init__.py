"""Hyper-V hosts on loopback that speak WS-Man as Windows does, for the offline trial and the tests."""
