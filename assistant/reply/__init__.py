"""The reply desk: from a customer's message to a draft whose every claim was checked."""
