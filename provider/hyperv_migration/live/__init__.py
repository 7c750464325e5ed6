"""A real host, and perhaps its domain, asked what only Windows can answer; `hyperv-migration live` and `make live`."""
