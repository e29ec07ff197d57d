"""The suites: each measures one part of the product and gives a Result."""
