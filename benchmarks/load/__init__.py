"""`make load`: a mixed day played by locust against what `make run` starts, at rising load (docs/scale.md)."""
