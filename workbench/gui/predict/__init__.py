"""The Predict tab: images in, predictions beside them."""
