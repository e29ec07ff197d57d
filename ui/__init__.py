"""The screens and the REST routes: they show, and decide nothing."""
