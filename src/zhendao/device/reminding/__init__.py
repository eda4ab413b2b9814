"""An open visit is reminded before its planned end, once."""
