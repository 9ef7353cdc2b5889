"""The parts of perf/floor."""
