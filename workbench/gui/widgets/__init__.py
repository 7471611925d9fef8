"""Small widgets without knowledge of models, engines or sessions; editors follow value/set_value/value_changed."""
