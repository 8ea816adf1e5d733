"""A believable small network, to look at the pages before there is a real one: `demo`."""
