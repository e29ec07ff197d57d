"""The assistant: the simulated customer, the coach and the reply desk."""
