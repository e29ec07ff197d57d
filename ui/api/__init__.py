"""REST under ``/api/v1``: the same services as the screens, with the owner checked by the store."""
