"""What is done with the requests of a charge point: one message in, one message out."""
