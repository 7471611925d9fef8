"""The rows of the Test tab and the run that makes them: data, store, item model, filter and order, painting."""
