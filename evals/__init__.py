"""Evals: rubric, checks, runner and report over the same parts that the app uses."""
