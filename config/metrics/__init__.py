"""What Prometheus reads at `/metrics`: counts of all workers, and the state of the node.

`families` names every metric; `multiprocess` shares the counts of several workers; `views` is the
door. Hot code counts in `ocpp.metrics` and knows nothing of Prometheus. See
docs/decisions/0029-metrics.md.
"""
