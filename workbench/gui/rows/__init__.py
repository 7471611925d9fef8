"""The rows of the Predict tab: data, store, item model, filter and order, painting."""
