"""Tests of a fleet of simulated charge points, with a clock of their own."""
