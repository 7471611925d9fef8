"""The Inputs tab: how training read each image, and what else the model is fed with."""
