"""The assistant: the simulated customer, the coach and the reply desk."""

from assistant import settings as settings  # first of all: it sets what other packages read when they are imported
