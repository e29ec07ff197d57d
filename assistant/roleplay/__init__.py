"""The role-play: code decides what the customer feels, knows and does; the model only says it."""
