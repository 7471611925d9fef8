"""The chosen row of the Test tab: pictures, scores, reply, request, its own values."""
